"""The load is held: small forms of what `make load` measures, and errors are counted."""

from __future__ import annotations

import math

import pytest

from benchmarks import load
from benchmarks.load import CROWDS, HALF, IDLE, SLOW, Served, bench_crowds, bench_invocations, bench_load
from benchmarks.request import Request
from predict.model import Model
from tests.conftest import Trained
from tests.lambdas import needs_lambda


@pytest.fixture
def request_of_model(model: Model, trained: Trained, monkeypatch: pytest.MonkeyPatch) -> Request:
    monkeypatch.setenv("MODEL_URI", str(trained.path))
    return Request.of(model)


def test_many_clients_are_served_without_errors(request_of_model: Request) -> None:
    errors, slope = bench_load(request_of_model, clients=4, seconds=0.5)
    assert errors.is_met
    assert not math.isnan(float(slope.found))


def test_wrong_answer_is_an_error(request_of_model: Request, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {**request_of_model.answer, "probabilities": {"a": 0.1, "b": 0.9}}
    errors, _slope = bench_load(Request(request_of_model.row, wrong), clients=2, seconds=0.5)
    assert (errors.found, errors.is_met) == (2, False)
    assert "a contestant answered" in capsys.readouterr().out


@needs_lambda
def test_invocations_are_answered_by_one_process(request_of_model: Request, trained: Trained) -> None:
    errors, slope = bench_invocations(request_of_model, trained.path, count=5)
    assert errors.is_met
    assert math.isnan(float(slope.found))  # of too few to tell


def test_nothing_of_a_crowd_is_left_behind(request_of_model: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(CROWDS) == {IDLE, SLOW, HALF}
    monkeypatch.setattr(load, "CROWD_S", 0.5)
    bars = bench_crowds(request_of_model, dict.fromkeys(CROWDS, 10))
    assert len(bars) == 3 * 3 + 2  # two crowds are held to the end
    assert [bar for bar in bars if not bar.is_met] == []


def test_crowd_that_is_not_held_misses_its_bar(request_of_model: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CROWD_S", 0.1)
    monkeypatch.setattr(load, "DEADLINE_S", 1)
    monkeypatch.setattr(load, "count_connections", lambda _process, _port: 0)
    _errors, held, still, _left = bench_crowds(request_of_model, {SLOW: 2})
    assert not held.is_met
    assert not still.is_met


def test_memory_that_grows_misses_its_bar() -> None:
    flat, growing = (Served(memory_mib=[(100.0 * n, 40.0 + n * step) for n in range(20)]) for step in (0.0, 0.1))
    assert flat.slope_bar("flat").is_met
    assert not growing.slope_bar("growing").is_met
