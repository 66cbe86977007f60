"""Whatever fails between two calls of S3: the pointer names whole models only, and the function answers with one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from predict.model import parse_model
from predict.registry import LIVE, Address
from tests.registries import (
    ADDRESS,
    ROW,
    ask,
    make_document,
    make_live,
    open_registry,
    publish_number,
    write_folder,
)
from tests.s3 import ANSWERS, BUCKET, CONNECTIONS, ENVIRONMENT, S3
from training import ROOT
from training.errors import InputError
from training.registry.fetching import fetch
from training.registry.pointer import promote, read_pointer, roll_back
from training.registry.versions import Registered, check_files, find_manifest, read_files

FAULTS = 1_000
KINDS = (*ANSWERS, *CONNECTIONS)
SIGKILL = 9


def assert_whole(model: Registered) -> list[str]:
    """See that every version of the history is there to its last byte; return the versions."""
    history, _etag = read_pointer(model)
    for version, sha256 in {(entry.version, entry.manifest_sha256) for entry in history}:
        manifest, _sha256 = find_manifest(model, version, sha256)
        check_files(model, manifest)
        assert parse_model(read_files(model, manifest)["model.json"], version).version == version
    return [entry.version for entry in history]


def test_thousand_faults_leave_no_wrong_pointer_and_every_request_answered(s3: S3, tmp_path: Path) -> None:
    generator = random.Random(0)
    sound, shaky = open_registry(s3.client()), open_registry(s3.client(attempts=1))
    documents = list(map(make_document, range(4)))
    values = {each["version"]: parse_model(json.dumps(each).encode(), "it").predict(ROW)["value"] for each in documents}
    assert len(set(values.values())) == 4
    promote(sound, publish_number(sound, 0), None)
    packaged = write_folder(tmp_path, documents[0]) / "model.json"
    app = make_live(s3, packaged, refresh_s=0)
    happened: list[str] = []
    succeeded = {"publish": 0, "promote": 0, "rollback": 0, "fetch": 0}
    share = 0.0

    def fault(_method: str, _key: str) -> str | None:
        if generator.random() >= share:
            return None
        happened.append(generator.choice(KINDS))
        return happened[-1]

    def act(action: str, number: int) -> None:
        if action == "publish":
            publish_number(shaky, number)
        elif action == "promote":
            promote(shaky, documents[number]["version"], None, deadline_s=0)
        elif action == "rollback":
            roll_back(shaky)
        else:
            fetch(shaky, documents[number]["version"], tmp_path / "fetched")
        succeeded[action] += 1

    s3.fault, length = fault, 1
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        while len(happened) < FAULTS:
            share = 0.15
            with contextlib.suppress(InputError):
                act(generator.choice(list(succeeded)), generator.randrange(4))
            share = 0.7
            for _ in range(8):
                app.failures = 0  # no longer intervals: each request asks S3
                response = runner.run(ask(app, "POST", "/predict", json=ROW))
                assert response.status_code == 200
                version = response.headers["x-model-version"]
                assert (response.json()["model_version"], response.json()["value"]) == (version, values[version])
            share = 0.0
            history, _etag = read_pointer(sound)
            assert length <= len(history) <= length + 1  # nothing is lost
            length = len(history)
        assert assert_whole(sound) == [entry.version for entry in history]
        assert runner.run(ask(app, "POST", "/predict", json=ROW)).json()["model_version"] == history[-1].version
    assert set(happened) == set(KINDS)
    assert min(succeeded.values()) > 0
    assert length > 5


@pytest.mark.parametrize("command", ["publish", "promote", "rollback", "fetch"])
def test_fault_at_each_call_changes_nothing_or_all_of_it(s3: S3, command: str, tmp_path: Path) -> None:
    model, sound = open_registry(s3.client(attempts=1)), open_registry(s3.client())
    a, b = publish_number(sound, 1), publish_number(sound, 2)
    told = set()
    for fault in ("busy", "denied", "conflict", "refused", "lost", "cut"):
        calls, at, number = 0, 0, 100
        while calls >= at:  # until there are no more calls
            calls, at = 0, at + 1
            if len(read_pointer(sound)[0]) != 2:
                sound.bucket.client.delete_object(Bucket=BUCKET, Key=sound.address.key(LIVE))
                promote(sound, a, None)
                promote(sound, b, None)
            if command == "publish" or number == 100:
                number += 1
            c = make_document(number)["version"]
            if command == "promote" and at == 1:
                publish_number(sound, number)

            def fail(_method: str, _key: str, fault: str = fault, at: int = at) -> str | None:
                nonlocal calls
                calls += 1
                return fault if calls == at else None

            s3.fault = fail
            folder = tmp_path / f"{fault}-{at}"
            try:
                if command == "publish":
                    publish_number(model, number)
                elif command == "promote":
                    promote(model, c, None, deadline_s=0)
                elif command == "rollback":
                    roll_back(model)
                else:
                    fetch(model, None, folder)
            except InputError as error:
                told.add(str(error))
            s3.fault = lambda _method, _key: None
            after = [entry.version for entry in read_pointer(sound)[0]]
            assert after[:2] == [a, b]
            assert len(after) == 2 or (command, *after[2:]) in (("promote", c), ("rollback", a))
            assert not folder.exists() or len(list(folder.iterdir())) == 3
            if command == "publish":
                publish_number(sound, number)  # goes on where it ended
                check_files(sound, find_manifest(sound, c)[0])
        assert at > 3
    assert len(told) > 3
    assert not any("\n" in message for message in told)


KILLED = """
import os, sys
from functools import cache
from tests.registries import open_registry, publish_number, make_document
from training.registry.pointer import promote, roll_back
import boto3
from botocore.config import Config

@cache
def client(url):
    return boto3.client("s3", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))

for line in sys.stdin:
    url, action, point, at = line.split()
    model = open_registry(client(url))
    child = os.fork()
    if child == 0:
        calls = []
        def count(**_event):
            calls.append(1)
            if len(calls) == int(at):
                os.kill(os.getpid(), 9)
        model.bucket.client.meta.events.register(point + ".s3", count)
        if action == "publish":
            publish_number(model, 9)
        elif action == "promote":
            promote(model, make_document(9)["version"], None)
        else:
            roll_back(model)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@pytest.fixture(scope="module")
def killer() -> Iterator[subprocess.Popen[str]]:
    """A process that forks one per line `url action point at`, which kills itself at its call number `at`."""
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "functions")])}
    command, pipe = [sys.executable, "-c", KILLED], subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")
@pytest.mark.parametrize("point", ["before-send", "after-call"])
@pytest.mark.parametrize("action", ["publish", "promote", "rollback"])
def test_process_killed_between_any_two_calls_leaves_the_pointer_whole(
    s3: S3, action: str, point: str, killer: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert killer.stdin is not None
    assert killer.stdout is not None
    model = open_registry(s3.client())
    a, b, c = publish_number(model, 1), publish_number(model, 2), make_document(9)["version"]
    if action != "publish":
        publish_number(model, 9)
    packaged = write_folder(tmp_path, make_document(0)) / "model.json"
    ends: list[int] = []
    while not ends or ends[-1] == -SIGKILL:
        model.bucket.client.delete_object(Bucket=BUCKET, Key=model.address.key(LIVE))
        promote(model, a, None)
        promote(model, b, None)
        killer.stdin.write(f"{s3.url} {action} {point} {len(ends) + 1}\n")
        killer.stdin.flush()
        ends.append(int(killer.stdout.readline()))
        history = assert_whole(model)
        assert history[:2] == [a, b]
        assert history[2:] in ([], [{"publish": "", "promote": c, "rollback": a}[action]])
        live = make_live(s3, packaged)
        assert live.served is not None
        assert (live.source, live.served.version) == ("live", history[-1])
        if action == "publish":
            keys = [each["Key"] for each in model.bucket.client.list_objects_v2(Bucket=BUCKET)["Contents"]]
            if model.address.key(c, "manifest.json") in keys:
                check_files(model, find_manifest(model, c)[0])
            else:
                with pytest.raises(InputError, match="there is no version"):
                    promote(model, c, None)
    assert ends == [-SIGKILL] * (len(ends) - 1) + [0]
    assert len(ends) - 1 >= {"publish": 4, "promote": 6, "rollback": 6}[action]


def test_addresses_of_the_function_and_of_training_are_the_same() -> None:
    assert Address.parse(ADDRESS.uri) == ADDRESS == open_registry(None).address
