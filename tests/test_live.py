"""The function follows the live model: all of it changes at once, and S3's failures never stop an answer."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from predict import live as live_module
from predict.events import Handler
from predict.live import LiveApp, make_s3_client
from predict.model import PICKLE, REPORT, ModelError, load_model
from tests.conftest import free_port, wait_for
from tests.registries import ADDRESS, NAME, ROW, ask, make_document, make_live, publish_number, write_folder
from tests.s3 import BUCKET, ENVIRONMENT, S3
from training import ROOT
from training.registry.pointer import promote, roll_back
from training.registry.versions import Registered


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr("predict.live.time.time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def send(app: LiveApp, method: str = "POST", path: str = "/predict", **options: Any) -> httpx.Response:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(ask(app, method, path, **(options or ({"json": ROW} if method == "POST" else {}))))


def served(app: LiveApp) -> tuple[str, str]:
    """Return the version that is answered with, and where it comes from."""
    response = send(app, "GET", "/health")
    assert response.status_code == 200
    health = response.json()
    assert health == {
        "status": "ok",
        "name": NAME,
        "model_version": health["model_version"],
        "source": health["source"],
    }
    assert response.headers["x-model-version"] == health["model_version"]
    return health["model_version"], health["source"]


def test_live_model_is_served_and_followed_without_a_start(
    s3: S3, registered: Registered, packaged: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    app = make_live(s3, packaged, refresh_s=60)
    assert served(app) == (a, "live")
    promote(registered, b, None)
    clock.now += 59
    assert served(app) == (a, "live")  # not yet
    clock.now += 1
    assert served(app) == (b, "live")
    roll_back(registered)
    clock.now += 60
    assert served(app) == (a, "live")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["model_version"] for line in lines if line["message"] == "model"] == [a, b, a]


def test_all_that_is_answered_changes_together(s3: S3, registered: Registered, packaged: Path, clock: Clock) -> None:
    documents = {}
    app = None
    for number in (1, 2):
        documents[number] = make_document(number)
        promote(registered, publish_number(registered, number), None)
        clock.now += 60
        app = app or make_live(s3, packaged)
        version = documents[number]["version"]
        answer = send(app)
        assert answer.headers["x-model-version"] == answer.json()["model_version"] == version
        assert answer.json()["value"] == load_model(packaged).predict(ROW)["value"] + number
        assert send(app, "GET", "/model.json").json() == documents[number]
        assert send(app, "GET", "/model").json()["version"] == version
        assert send(app, "GET", "/openapi.json").json()["info"]["version"] == version
        assert version in send(app, "GET", "/report").text
        schema = send(app, "GET", "/schema").json()
        assert schema.pop("x-limits")
        assert schema == documents[number]["schema"]


def test_unchanged_pointer_costs_one_request_without_a_body(
    s3: S3, registered: Registered, packaged: Path, clock: Clock
) -> None:
    promote(registered, publish_number(registered, 1), None)
    app = make_live(s3, packaged)
    for _ in range(3):
        s3.asked.clear()
        clock.now += 60
        served(app)
        served(app)
        assert s3.asked == [("GET", f"demo/models/{NAME}/live")]


def test_clock_that_was_put_back_does_not_stop_the_refresh(
    s3: S3, registered: Registered, packaged: Path, clock: Clock
) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    app = make_live(s3, packaged)
    promote(registered, b, None)
    clock.now -= 10_000
    assert served(app) == (b, "live")


@pytest.mark.parametrize("fault", ["busy", "error", "denied", "no bucket", "refused", "lost", "cut"])
def test_last_good_model_answers_while_s3_fails_ever_more_seldom_asked(
    s3: S3, registered: Registered, packaged: Path, clock: Clock, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    app = make_live(s3, packaged)
    promote(registered, b, None)
    s3.fault = lambda _method, _key: fault
    attempts = []
    for interval in range(1, 30):
        clock.now += 60
        s3.asked.clear()
        assert served(app) == (a, "last good copy")
        if s3.asked:
            attempts.append(interval)
    assert attempts == [1, 2, 4, 8, 16, 24]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (said, *_rest) = [line for line in lines if line["message"] == "model not refreshed"]
    assert (said["level"], said["source"], said["model_version"]) == ("ERROR", "last good copy", a)
    assert said["uri"] == f"s3://models/demo/models/{NAME}/live"
    assert said["reason"]
    s3.fault = lambda _method, _key: None
    clock.now += 8 * 60
    assert served(app) == (b, "live")


@pytest.mark.parametrize("name", ["live", "manifest.json", "model.json", REPORT])
@pytest.mark.parametrize("damage", ["cut", "other", "absent"])
def test_damaged_object_is_never_served(
    s3: S3, registered: Registered, packaged: Path, clock: Clock, name: str, damage: str
) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    app = make_live(s3, packaged)
    promote(registered, b, None)
    key = registered.address.key(*([] if name == "live" else [b]), name)
    client = registered.bucket.client
    whole = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    if damage == "cut":
        s3.fault = lambda _method, asked: "cut" if asked == key else None
    elif damage == "absent":
        client.delete_object(Bucket=BUCKET, Key=key)
    else:
        client.put_object(Bucket=BUCKET, Key=key, Body=whole[:-10] if name == "live" else b" " + whole)
    clock.now += 60
    assert served(app) == (a, "last good copy")
    s3.fault = lambda _method, _key: None
    client.put_object(Bucket=BUCKET, Key=key, Body=whole)
    clock.now += 60
    assert served(app) == (b, "live")


def test_start_without_s3_answers_with_the_packaged_model(
    s3: S3, registered: Registered, packaged: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    a = publish_number(registered, 1)
    promote(registered, a, None)
    s3.fault = lambda _method, _key: "error"
    app = make_live(s3, packaged)
    version = make_document(0)["version"]
    assert served(app) == (version, "packaged model")
    assert f"Report of {version}" in send(app, "GET", "/report").text
    (said,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "model not loaded" in line]
    assert (said["level"], said["source"], said["model_version"]) == ("ERROR", "packaged model", version)
    assert "InternalError" in said["reason"]
    s3.fault = lambda _method, _key: None
    clock.now += 60
    assert served(app) == (a, "live")


def test_one_fault_of_s3_at_a_start_does_not_bring_the_packaged_model_back(
    s3: S3, registered: Registered, packaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = publish_number(registered, 1)
    promote(registered, a, None)
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": s3.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(live_module, "READ_S", 30)  # on a machine that is busy
    for at in range(4):  # pointer, manifest, model and report
        faults = iter([*[None] * at, "busy"])

        def fail_once(_method: str, _key: str, faults: Iterator[str | None] = faults) -> str | None:
            return next(faults, None)

        s3.fault = fail_once
        assert served(make_live(s3, packaged, client=make_s3_client())) == (a, "live")
        assert next(faults, "none is left") == "none is left"
    s3.fault = lambda _method, _key: "busy"
    assert served(make_live(s3, packaged, client=make_s3_client()))[1] == "packaged model"


def test_start_with_nothing_promoted_answers_with_the_packaged_model(s3: S3, packaged: Path, clock: Clock) -> None:
    assert served(make_live(s3, packaged)) == (make_document(0)["version"], "packaged model")


def test_start_with_nothing_to_answer_with_says_both_reasons(s3: S3, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"live cannot be had \(NoSuchKey: .*\), and there is no model at .*none.json"):
        make_live(s3, tmp_path / "none.json")
    other = write_folder(tmp_path, make_document(0, "another")) / "model.json"
    with pytest.raises(ModelError, match="model.json is another model, another; promote one, or unset MODEL_URI"):
        make_live(s3, other)


def test_pickle_is_refused_unread(s3: S3, registered: Registered, packaged: Path, clock: Clock) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2, is_pickled=True)
    promote(registered, a, None)
    app = make_live(s3, packaged)
    promote(registered, b, None)
    s3.asked.clear()
    clock.now += 60
    assert served(app) == (a, "last good copy")
    assert registered.address.key(b, "model.json") in str(s3.asked)
    assert PICKLE not in str(s3.asked)


def test_request_waits_a_bounded_time_for_a_newer_model(
    s3: S3, registered: Registered, packaged: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "PATIENCE_S", 0.1)
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    app = make_live(s3, packaged)
    promote(registered, b, None)
    clock.now += 60
    goes_on = threading.Event()
    refresh, done = app.refresh, threading.Event()

    def refresh_late() -> str | None:
        assert goes_on.wait(30)
        try:
            return refresh()
        finally:
            done.set()

    monkeypatch.setattr(app, "refresh", refresh_late)

    async def story() -> None:
        assert (await ask(app, "GET", "/health")).json()["model_version"] == a  # after 0.1 s
        assert app.is_refreshing
        assert (await ask(app, "GET", "/health")).json()["model_version"] == a  # at once, and no second refresh
        goes_on.set()
        await asyncio.get_running_loop().run_in_executor(None, done.wait, 30)
        assert (await ask(app, "GET", "/health")).json()["model_version"] == b

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(story())
    assert not app.is_refreshing


def test_request_under_way_keeps_its_model(s3: S3, registered: Registered, packaged: Path, clock: Clock) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    app = make_live(s3, packaged)

    async def story() -> None:
        half_sent, rest = asyncio.Event(), asyncio.Event()

        async def body() -> Any:
            text = json.dumps(ROW).encode()
            yield text[:10]
            half_sent.set()
            await rest.wait()
            yield text[10:]

        headers = {"Content-Type": "application/json"}
        slow = asyncio.create_task(ask(app, "POST", "/predict", content=body(), headers=headers))
        await half_sent.wait()
        promote(registered, b, None)
        clock.now += 60
        assert (await ask(app, "POST", "/predict", json=ROW)).json()["model_version"] == b
        rest.set()
        answer = await slow
        assert answer.headers["x-model-version"] == answer.json()["model_version"] == a

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(story())


def test_handler_of_lambda_follows_a_promotion(s3: S3, registered: Registered, packaged: Path, clock: Clock) -> None:
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    handler = Handler(make_live(s3, packaged))
    event = json.loads((ROOT / "tests" / "events" / "http-api.json").read_text(encoding="utf-8"))
    event = {**event, "body": json.dumps(ROW)}

    def answered() -> str:
        answer = handler(event, SimpleNamespace(aws_request_id="1"))
        assert answer["statusCode"] == 200
        return str(answer["headers"]["x-model-version"])

    assert answered() == a
    promote(registered, b, None)
    clock.now += 60
    assert answered() == b
    s3.fault = lambda _method, _key: "refused"
    clock.now += 60
    assert [answered(), answered()] == [b, b]
    s3.fault = lambda _method, _key: None
    roll_back(registered)
    clock.now += 60
    assert answered() == a


def test_function_follows_a_promotion_under_uvicorn(s3: S3, registered: Registered) -> None:
    """The entry point with its variables, in a process of its own, over HTTP."""
    a, b = publish_number(registered, 1), publish_number(registered, 2)
    promote(registered, a, None)
    port = free_port()
    environment = {**os.environ, **ENVIRONMENT, "MODEL_URI": ADDRESS.uri, "MODEL_REFRESH_S": "1"}
    environment["AWS_ENDPOINT_URL"] = s3.url
    command = [sys.executable, "-m", "uvicorn", "predict.main:app", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health", process)
        assert httpx.get(f"{url}/health").json()["model_version"] == a
        promote(registered, b, None)
        wait_until(lambda: httpx.post(f"{url}/predict", json=ROW).json()["model_version"] == b)
        roll_back(registered)
        wait_until(lambda: httpx.post(f"{url}/predict", json=ROW).json()["model_version"] == a)
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_until(holds: Any, deadline_s: float = 30) -> None:
    deadline = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("uri", "hidden", "reason"),
    [
        (
            "s3://models/live",
            "",
            "MODEL_URI=s3://models/live cannot be used: give s3://bucket/prefix/models/<name>/live",
        ),
        (ADDRESS.uri, "boto3", "MODEL_URI=s3://... takes boto3, which is not installed here; `pip install boto3`"),
        (
            ADDRESS.uri,
            "",
            "MODEL_URI=s3://... cannot be asked: The config profile (nobody) could not be found; see AWS_",
        ),
    ],
)
def test_start_that_cannot_be_says_why(uri: str, hidden: str, reason: str) -> None:
    script = f"import sys; sys.modules.update(dict.fromkeys({hidden.split()}))\nimport predict.main"
    environment = {**os.environ, **ENVIRONMENT, "MODEL_URI": uri, "AWS_PROFILE": "nobody"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert reason in done.stderr.splitlines()[-1]


def test_packaged_model_takes_no_boto3(packaged: Path) -> None:
    script = "import predict.main, sys; print([name for name in ('boto3', 'botocore', 'predict.live') if name in sys.modules])"
    environment = {"MODEL_URI": str(packaged)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
