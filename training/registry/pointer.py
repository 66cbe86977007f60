"""The pointer: the one object that says what is live, and what was before; moved by a conditional write."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from predict.registry import FORMAT, LIVE, MOST_ENTRIES, Entry, RegistryError, read_history
from training.errors import InputError
from training.registry.manifest import render
from training.registry.versions import Registered, check_files, find_manifest

DEADLINE_S = 60  # for which a promotion that others come before tries again
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 2.0
Judge = Callable[[dict[str, Any], dict[str, Any]], None]  # of a version and of what is live


@dataclass(frozen=True)
class Moved:
    """What came of a move: which version is live, what was before, and as which entry of the history, from 1 on.

    `number` is None where that version was live already.
    """

    version: str
    before: str | None
    number: int | None


def read_pointer(model: Registered) -> tuple[list[Entry], str | None]:
    """Return the history, the last of which is live, and the pointer's ETag; an empty one where nothing was live yet.

    Raises:
        InputError: the pointer cannot be read.
    """
    found = model.bucket.read(model.address.key(LIVE))
    if found is None:
        return [], None
    try:
        return read_history(found[0], model.address), found[1]
    except RegistryError as error:
        raise InputError(str(error)) from None


def promote(model: Registered, version: str, judge: Judge | None, deadline_s: float = DEADLINE_S) -> Moved:
    """Make a version live, if `judge`, where there is one, does not raise; live already, nothing changes.

    Where another move came first, that is judged against what is live then.

    Raises:
        InputError: there is no such version, a file of it is missing, it was judged worse, or S3 fails.
    """
    manifest, sha256 = find_manifest(model, version)
    check_files(model, manifest)
    entry = _entry("promote", version, sha256)
    deadline, pause_s = time.monotonic() + deadline_s, FIRST_PAUSE_S
    while True:
        history, etag = read_pointer(model)
        if moved := _find(history, entry):  # an attempt whose answer was lost
            return moved
        if history and history[-1].version == version:
            return Moved(version, version, None)
        if judge and history:
            judge(manifest, _find_live(model, history))
        if _move(model, history, entry, etag):
            return _find([*history, entry], entry) or Moved(version, None, None)
        if time.monotonic() > deadline:
            raise InputError(
                f"{version} was not promoted: for {deadline_s:g} s, others came first each time; try again"
            )
        time.sleep(random.uniform(0, pause_s))  # noqa: S311 (so that not all come at the same time)  # nosec B311
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def roll_back(model: Registered, version: str | None = None) -> Moved:
    """Make the version live that was so before, or an earlier one that is named.

    Raises:
        InputError: there was none, a file of it is missing, another move came first, or S3 fails.
    """
    history, etag = read_pointer(model)
    target = find_target(history, version)
    manifest, _sha256 = find_manifest(model, target.version, target.manifest_sha256)
    check_files(model, manifest)
    entry = _entry("rollback", target.version, target.manifest_sha256)
    if _move(model, history, entry, etag):
        return Moved(target.version, history[-1].version, len(history) + 1)
    history, _etag = read_pointer(model)
    if moved := _find(history, entry):
        return moved
    raise InputError(
        f"nothing was rolled back: meanwhile, {history[-1].version if history else 'nothing'} became live; see `list`, "
        "and roll back again if that is still wanted"
    )


def find_target(history: Sequence[Entry], version: str | None = None) -> Entry:
    """Return what a rollback makes live: of what was promoted and not rolled back, the one before; or what is named.

    Raises:
        InputError: there is no such entry.
    """
    if version is not None:
        if history and history[-1].version == version:
            raise InputError(f"{version} is live already")
        found = [entry for entry in history if entry.version == version]
        if not found:
            raise InputError(f"{version} was never live; promote it")
        return found[-1]
    standing: list[Entry] = []
    for entry in history:
        if entry.action == "rollback" and entry.version in (versions := [each.version for each in standing]):
            del standing[versions.index(entry.version) + 1 :]
        else:
            standing.append(entry)
    if len(standing) < 2:
        raise InputError("there is nothing before what is live; promote another version")
    return standing[-2]


def _move(model: Registered, history: list[Entry], entry: Entry, etag: str | None) -> bool:
    """Append to the history that had this ETag; return whether it still had."""
    if len(history) >= MOST_ENTRIES:
        raise InputError(f"the history has {MOST_ENTRIES:,} entries, which is the most; go on under another prefix")
    entries = [asdict(each) for each in [*history, replace(entry, at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))]]
    contents = render({"format": FORMAT, "name": model.address.name, "history": entries})
    try:
        return model.bucket.write(model.address.key(LIVE), contents, "application/json", etag)
    except InputError as error:
        raise InputError(f"{error} (whether {entry.version} is live, `list` tells)") from None


def _find(history: Sequence[Entry], entry: Entry) -> Moved | None:
    """Return what came of a move that is in the history."""
    for number, each in enumerate(history):
        if each.id == entry.id:
            return Moved(entry.version, history[number - 1].version if number else None, number + 1)
    return None


def _find_live(model: Registered, history: Sequence[Entry]) -> dict[str, Any]:
    live = history[-1]
    try:
        return find_manifest(model, live.version, live.manifest_sha256)[0]
    except InputError as error:
        raise InputError(f"what is live cannot be compared with: {error}; with --force, it is not") from None


def _entry(action: str, version: str, manifest_sha256: str) -> Entry:
    return Entry(uuid4().hex, "", action, version, manifest_sha256)
