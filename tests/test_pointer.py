"""The pointer: two moves cannot both win, none is lost, and a rollback goes where people expect."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from predict.registry import Entry
from tests.registries import open_registry, publish_number
from tests.s3 import S3
from training.errors import InputError
from training.registry import pointer as pointer_module
from training.registry.pointer import Moved, find_target, promote, read_pointer, roll_back
from training.registry.versions import Registered

PROMOTIONS = 200


def versions(registered: Registered) -> list[str]:
    return [entry.version for entry in read_pointer(registered)[0]]


def test_promotion_is_the_end_of_the_history(registered: Registered) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    assert promote(registered, a, None) == Moved(a, None, 1)
    assert promote(registered, b, None) == Moved(b, a, 2)
    assert promote(registered, b, None) == Moved(b, b, None)
    assert versions(registered) == [a, b]


def test_rollback_goes_back_step_by_step_and_to_any_earlier_one(registered: Registered) -> None:
    a, b, c = (publish_number(registered, number) for number in (1, 2, 3))
    for version in (a, b, c):
        promote(registered, version, None)
    assert roll_back(registered) == Moved(b, c, 4)
    assert roll_back(registered) == Moved(a, b, 5)
    with pytest.raises(InputError, match="there is nothing before what is live; promote another version"):
        roll_back(registered)
    assert roll_back(registered, c) == Moved(c, a, 6)
    assert roll_back(registered) == Moved(a, c, 7)
    with pytest.raises(InputError, match=f"{a} is live already"):
        roll_back(registered, a)
    d = publish_number(registered, 4)
    with pytest.raises(InputError, match=f"{d} was never live; promote it"):
        roll_back(registered, d)
    assert versions(registered) == [a, b, c, b, a, c, a]


@pytest.mark.parametrize(
    ("moves", "target"),
    [
        ("+a +b", "a"),
        ("+a +b +c -b", "a"),
        ("+a +b -a +c", "a"),
        ("+a +b -a +c -a +b", "a"),
        ("+a +b +a", "b"),
        ("+a +b +a -b", "a"),
        ("+a +b -a -b", "a"),  # a rollback forth again, to what was rolled back
    ],
)
def test_rollback_undoes_what_stands(moves: str, target: str) -> None:
    actions = {"+": "promote", "-": "rollback"}
    history = [Entry(str(at), "", actions[move[0]], move[1], "") for at, move in enumerate(moves.split())]
    assert find_target(history).version == target


def test_version_that_is_not_whole_is_not_promoted(registered: Registered) -> None:
    a = publish_number(registered, 1)
    with pytest.raises(InputError, match=re.escape("there is no version 0123456789ab of strange; `list` shows")):
        promote(registered, "0123456789ab", None)
    with pytest.raises(InputError, match="'live' is no version: 12 digits and letters a to f are expected"):
        promote(registered, "live", None)
    registered.bucket.client.delete_object(Bucket="models", Key=registered.address.key(a, "report.html"))
    with pytest.raises(InputError, match=f"{a}/report.html is not there"):
        promote(registered, a, None)
    registered.bucket.client.put_object(Bucket="models", Key=registered.address.key(a, "report.html"), Body=b"other")
    with pytest.raises(InputError, match=f"{a}/report.html is not what its manifest tells"):
        promote(registered, a, None)
    assert versions(registered) == []


def test_loser_of_a_race_is_judged_against_the_winner(registered: Registered, s3: S3) -> None:
    a, b, c = (publish_number(registered, number) for number in (1, 2, 3))
    promote(registered, a, None)
    judged = []

    def judge(new: dict[str, Any], live: dict[str, Any]) -> None:
        judged.append((new["version"], live["version"]))
        if live["version"] == a:
            promote(registered, b, None)  # another comes first, between the reading and the writing

    assert promote(registered, c, judge) == Moved(c, b, 3)
    assert judged == [(c, a), (c, b)]
    assert versions(registered) == [a, b, c]


def test_loser_that_is_worse_than_the_winner_is_told(registered: Registered) -> None:
    a, b, c = (publish_number(registered, number) for number in (1, 2, 3))
    promote(registered, a, None)

    def judge(_new: dict[str, Any], live: dict[str, Any]) -> None:
        if live["version"] == a:
            promote(registered, b, None)
        else:
            raise InputError("worse")

    with pytest.raises(InputError, match="worse"):
        promote(registered, c, judge)
    assert versions(registered) == [a, b]


def test_promotion_that_always_loses_gives_up(registered: Registered, s3: S3) -> None:
    a = publish_number(registered, 1)
    s3.fault = lambda method, key: "conflict" if (method, key[-4:]) == ("PUT", "live") else None
    with pytest.raises(InputError, match=f"{a} was not promoted: for 0 s, others came first each time; try again"):
        promote(registered, a, None, deadline_s=0)


def test_rollback_that_lost_a_race_is_told_and_not_repeated(registered: Registered, s3: S3) -> None:
    a, b, c = (publish_number(registered, number) for number in (1, 2, 3))
    promote(registered, a, None)
    promote(registered, b, None)
    raced: list[str] = []

    def race(method: str, key: str) -> str | None:
        if (method, key) == ("HEAD", registered.address.key(a, "report.html")) and not raced:
            raced.append(key)
            with ThreadPoolExecutor(1) as other:
                s3.turn.release()  # which this request holds while it is judged
                other.submit(promote, open_registry(s3.client()), c, None).result()
                s3.turn.acquire()
        return None

    s3.fault = race
    with pytest.raises(InputError, match=f"nothing was rolled back: meanwhile, {c} became live"):
        roll_back(registered)
    assert versions(registered) == [a, b, c]


@pytest.mark.parametrize("move", ["promote", "rollback"])
def test_move_whose_answer_was_lost_is_found_to_have_won(s3: S3, move: str) -> None:
    model = open_registry(s3.client(attempts=2))  # the second of which meets what the first wrote
    a, b = publish_number(model, 1), publish_number(model, 2)
    promote(model, a, None)
    if move == "rollback":
        promote(model, b, None)
    lost = iter(["lost"])
    s3.fault = lambda method, key: next(lost, None) if (method, key[-4:]) == ("PUT", "live") else None
    moved = promote(model, b, None) if move == "promote" else roll_back(model)
    assert moved == (Moved(b, a, 2) if move == "promote" else Moved(a, b, 3))
    assert len(versions(model)) == moved.number
    assert next(lost, None) is None


def test_full_history_is_told(registered: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    monkeypatch.setattr(pointer_module, "MOST_ENTRIES", 1)
    promote(registered, a, None)
    with pytest.raises(InputError, match="the history has 1 entries, which is the most; go on under another prefix"):
        promote(registered, b, None)


def test_concurrent_promotions_have_one_order_and_none_is_lost(s3: S3) -> None:
    client = s3.client(attempts=3, connections=PROMOTIONS)
    models = [open_registry(client), open_registry(client, "other")]
    pairs = [[publish_number(model, number) for number in (1, 2)] for model in models]
    tasks = [(models[at % 2], pairs[at % 2][at // 2 % 2]) for at in range(PROMOTIONS)]
    with ThreadPoolExecutor(PROMOTIONS) as pool:
        results = list(pool.map(lambda task: promote(task[0], task[1], None), tasks))
    for model in models:
        history, _etag = read_pointer(model)
        told = [result for (of, _version), result in zip(tasks, results, strict=True) if of is model]
        assert len(told) == PROMOTIONS // 2
        moved = sorted((result for result in told if result.number is not None), key=lambda each: each.number or 0)
        before = [None, *(entry.version for entry in history)]
        expected = [Moved(entry.version, before[at], at + 1) for at, entry in enumerate(history)]
        assert moved == expected  # each that was told to have moved is in the history, once, and nothing else
        assert len({entry.id for entry in history}) == len(history) > 1
        assert all(result.version == result.before for result in told if result.number is None)


def test_concurrent_promotions_of_as_many_versions_all_win_in_turn(s3: S3) -> None:
    client = s3.client(attempts=3, connections=PROMOTIONS)
    model = open_registry(client)
    published = [publish_number(model, number) for number in range(40)]
    with ThreadPoolExecutor(len(published)) as pool:
        results = list(pool.map(lambda version: promote(model, version, None), published))
    assert sorted(result.number or 0 for result in results) == list(range(1, 41))
    by_number = {result.number: result.version for result in results}
    assert versions(model) == [by_number[number] for number in range(1, 41)]
    assert len({result.before for result in results}) == 40
