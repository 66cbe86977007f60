"""The function's settings are checked at start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from predict.settings import PACKAGED_MODEL, Settings, SettingsError


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({}, PACKAGED_MODEL),
        ({"MODEL_URI": ""}, PACKAGED_MODEL),
        ({"MODEL_URI": "models/a.json"}, Path("models/a.json")),
        ({"MODEL_URI": "file:///models/my%20model.json"}, Path("/models/my model.json")),
    ],
)
def test_model_uri_names_the_model(environment: dict[str, str], path: Path) -> None:
    assert Settings.from_environment(environment) == Settings(model_path=path)


@pytest.mark.parametrize("uri", ["https://example.com/model.json", "file://host/model.json", "http://[x"])
def test_other_uri_is_refused(uri: str) -> None:
    with pytest.raises(
        SettingsError, match=re.escape(f"MODEL_URI={uri} cannot be used: give the path or the file:// URI")
    ):
        Settings.from_environment({"MODEL_URI": uri})
