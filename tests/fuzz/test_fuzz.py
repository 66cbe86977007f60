"""The campaigns of `make fuzz`, short: the same code with the same seeds, so that each run sends the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from predict.model import Model
from tests.apps import mixed_model
from tests.conftest import Trained
from tests.contract.answers import TIMEOUT_S, Contract
from tests.fuzz.__main__ import find_shortfalls, report
from tests.fuzz.campaign import HANG_S, LITTER, Campaign, Tally
from tests.fuzz.connection import Connection
from tests.fuzz.mutations import mutate
from tests.fuzz.openapi import run_schemathesis
from tests.fuzz.plan import (
    campaign_of_bytes,
    campaign_of_files,
    campaign_of_requests,
    campaigns_of_events,
    read_contract,
)
from tests.fuzz.process import Child
from tests.lambdas import needs_lambda

COUNT = 300  # inputs of each campaign
Row = dict[str, Any]


@pytest.fixture(scope="module")
def contract(function_url: str) -> Contract:
    return read_contract(function_url)


@pytest.fixture(scope="module")
def row(model: Model) -> Row:
    found: Row = model.document["typical_row"]
    return found


def check(tally: Tally, *expected: str) -> None:
    """Fail unless nothing was found, and the inputs were such that these answers came."""
    assert tally.findings == []
    assert tally.count >= COUNT
    assert set(expected) <= set(tally.outcomes)


def weigh_nothing() -> float:
    return 0.0


def test_requests_are_answered_under_uvicorn(function_url: str, row: Row, contract: Contract) -> None:
    with Connection(function_url) as connection:
        check(campaign_of_requests("", connection, row, contract, weigh_nothing).run(COUNT), "200", "400", "415", "422")


@needs_lambda
def test_requests_are_answered_under_lambdas_runtime(lambda_url: str, row: Row, contract: Contract) -> None:
    with Connection(lambda_url) as connection:
        check(campaign_of_requests("", connection, row, contract, weigh_nothing).run(COUNT), "200", "400", "415", "422")


def test_what_is_no_http_is_answered_or_waited_for(function_url: str, row: Row, contract: Contract) -> None:
    with Connection(function_url) as connection:
        check(campaign_of_bytes("", connection, row, contract, weigh_nothing).run(COUNT), "200", "400, by the server")


def test_events_are_answered_or_refused(package: Path, row: Row, contract: Contract) -> None:
    with Child("handler", str(package)) as child:
        of_clients, of_anyone = campaigns_of_events(child, row, contract)
        check(of_clients.run(COUNT), "200", "400", "415", "422")
        check(of_anyone.run(COUNT), "200", "refused as unknown")


@pytest.mark.parametrize("kind", ["problem", "table", "model"])
def test_files_are_read_or_refused_in_a_sentence(kind: str, trained: Trained, tmp_path: Path) -> None:
    documents = [json.loads(trained.path.read_bytes()), mixed_model().document]
    with Child("reader", f"{kind}_file") as child:
        tally = campaign_of_files(kind, child, tmp_path, documents).run(COUNT)
    check(tally, "refused")
    assert set(tally.outcomes) - {"refused"}


def test_files_that_unpack_to_200_mib_are_refused(tmp_path: Path) -> None:
    with Child("reader", "table_file") as child:
        tally = campaign_of_files("bomb", child, tmp_path, []).run(10)
    assert tally.findings == []
    assert tally.outcomes == {"refused": 10}


@pytest.mark.parametrize("fixture", ["function_url", pytest.param("lambda_url", marks=needs_lambda)])
def test_what_is_documented_is_what_is_answered(request: pytest.FixtureRequest, fixture: str) -> None:
    tally = run_schemathesis(fixture, request.getfixturevalue(fixture), 15, most_s=TIMEOUT_S)
    assert tally.findings == []
    assert tally.count > 100


def make_campaign(judge: Any, cpu_s: float = 0.0) -> tuple[Campaign[bytes, bytes], list[bytes]]:
    """Return a campaign whose target answers with what it is sent, and the list of that."""
    sent: list[bytes] = []

    def ask(given: bytes) -> bytes:
        sent.append(given)
        return given

    strategy = st.sampled_from([b"right", b"other"])
    return Campaign("echo", "requests", strategy, mutate, ask, judge, weigh_nothing, lambda _reply: cpu_s), sent


def test_same_seed_sends_the_same_and_another_does_not() -> None:
    runs = []
    for seed in (0, 0, 1):
        campaign, sent = make_campaign(lambda _given, _reply: "fine")
        tally = campaign.run(40, seed)
        assert tally.count == len(sent) == 4 * (1 + LITTER)
        assert tally.outcomes == {"fine": len(sent)}
        runs.append(sent)
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_answer_that_should_not_be_is_a_finding_with_its_seed_and_what_was_sent() -> None:
    def judge(given: bytes, _reply: bytes) -> str:
        assert given in (b"right", b"other"), "this is not right"
        return "fine"

    tally = make_campaign(judge)[0].run(40, 7)
    assert tally.findings
    assert tally.findings[0].startswith("echo, seed 7: AssertionError: this is not right")
    assert "\nof b'" in tally.findings[0]


def test_what_takes_long_each_time_is_a_finding() -> None:
    campaign, _sent = make_campaign(lambda _given, _reply: "fine", cpu_s=2 * HANG_S)
    assert "took 2.0 s, 3 times more than 1" in campaign.run(10).findings[0]


def test_memory_that_grows_or_cannot_be_told_misses_its_bar() -> None:
    flat, growing, untold = (
        Tally("c", "requests", 10_000, memory_mib=[(500 * n, 40 + n * step) for n in range(20)])
        for step in (0.0, 0.5, float("nan"))
    )
    assert find_shortfalls([flat], 0) == []
    assert find_shortfalls([growing], 0) == ["c: memory grows by 10.00 MiB per 10,000 inputs, 2 at most may be"]
    assert len(find_shortfalls([untold], 0)) == 1


def test_memory_after_few_inputs_is_not_measured() -> None:
    few = Tally("c", "requests", 300, memory_mib=[(100, 40.0), (300, 90.0)])
    assert find_shortfalls([few], 0) == []
    assert "not measured" in report([few])
