"""The contract suite: what every deployment answers, for any table. The expectations come from its own documents."""

import pytest

pytest.register_assert_rewrite("tests.contract.answers")  # whose failures would say nothing otherwise
