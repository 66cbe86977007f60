"""The process executor runs functions of LocalStack as Lambda does: each sandbox a process, its log in CloudWatch."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from botocore.exceptions import WaiterError

from infra.local_cloud import host_architecture
from infra.target import MACHINES
from tests.clouds import LocalCloud
from tests.lambdas import FUNCTIONS

DEADLINE_S = 30
MORE = '''
def meet(event, context):
    """Waits until as many sandboxes as the event says run at the same time."""
    import time
    folder, deadline = pathlib.Path(event["folder"]), time.monotonic() + 30
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < event["sandboxes"]:
        if time.monotonic() > deadline:
            raise TimeoutError("the others did not come")
        time.sleep(0.01)
    return os.getpid()


def leave(event, context):
    """Ends, with a process of its own left behind."""
    import subprocess
    pathlib.Path(event["path"]).write_text(str(subprocess.Popen(["sleep", "600"]).pid))
    os._exit(3)
'''
Invoke = Callable[[dict[str, Any]], tuple[Any, str | None]]


@pytest.fixture
def make_function(local_cloud: LocalCloud, credentials: None) -> Iterator[Callable[..., Invoke]]:
    """Makes functions, which are deleted afterwards; each is returned as what invokes it."""
    client = local_cloud.client("lambda")
    names: list[str] = []

    def make(handler: str, source: str = FUNCTIONS + MORE, **settings: Any) -> Invoke:
        name = f"test-{uuid4()}"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("functions.py", source)
        options = {"Runtime": local_cloud.localstack.runtime, "Architectures": [host_architecture()], "Timeout": 20}
        client.create_function(
            FunctionName=name,
            Handler=handler,
            Role="arn:aws:iam::000000000000:role/test",
            Code={"ZipFile": archive.getvalue()},
            **{**options, **settings},
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        names.append(name)  # one that is refused cannot be deleted either

        def invoke(event: dict[str, Any]) -> tuple[Any, str | None]:
            answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
            return json.loads(answer["Payload"].read()), answer.get("FunctionError")

        return invoke

    yield make
    for name in names:
        client.delete_function(FunctionName=name)


def test_sandbox_has_the_package_the_client_and_lambdas_variables_only(make_function: Any) -> None:
    invoke = make_function("functions.probe", Environment={"Variables": {"GREETING": "hello"}}, MemorySize=256)
    seen, error = invoke({"do": "look"})
    assert error is None
    assert seen["found"] == {"awslambdaric": True, "json": True, "fastapi": False, "pandas": False, "uvicorn": False}
    variables = seen["variables"]
    expected = {"GREETING": "hello", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_REGION": "us-east-1"}
    assert expected.items() <= variables.items()
    assert variables["LAMBDA_TASK_ROOT"] == seen["folder"] == seen["path"][0]
    assert variables["AWS_LAMBDA_FUNCTION_NAME"].startswith("test-")
    assert {"LAMBDA_RUNTIME_EXECUTOR", "GATEWAY_LISTEN", "VIRTUAL_ENV"} & set(variables) == set()


def test_warm_sandbox_is_the_same_process(make_function: Any) -> None:
    invoke = make_function("functions.probe")
    first, second = (invoke({"do": "look"})[0]["process"] for _ in range(2))
    assert first == second
    assert psutil.pid_exists(first)


def test_events_that_overlap_have_sandboxes_of_their_own(make_function: Any, tmp_path: Path) -> None:
    invoke = make_function("functions.meet")
    event = {"folder": str(tmp_path), "sandboxes": 3}
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(invoke, [event] * 3))
    assert len({process for process, error in answers if error is None}) == 3


def test_function_that_raises_is_answered_with_its_traceback(make_function: Any) -> None:
    answer, error = make_function("functions.probe")({"do": "raise"})
    assert (error, answer["errorType"], answer["errorMessage"]) == ("Unhandled", "ValueError", "as asked")
    assert answer["stackTrace"]


@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ({"do": "hang"}, "Sandbox.Timedout", "Task timed out after 2.00 seconds"),
        ({"do": "end"}, "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    ],
)
def test_sandbox_that_hangs_or_ends_is_replaced(make_function: Any, event: Any, kind: str, message: str) -> None:
    invoke = make_function("functions.probe", Timeout=2)
    before, _ = invoke({"do": "look"})
    answer, error = invoke(event)
    assert (error, answer["errorType"]) == ("Unhandled", kind)
    assert answer["errorMessage"].endswith(f" Error: {message}")
    assert not psutil.pid_exists(before["process"])
    after, error = invoke({"do": "look"})
    assert error is None
    assert after["process"] != before["process"]


def test_what_a_sandbox_has_started_ends_with_it(make_function: Any, tmp_path: Path) -> None:
    _, error = make_function("functions.leave")({"path": str(tmp_path / "pid")})
    assert error == "Unhandled"
    left = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + DEADLINE_S
    while psutil.pid_exists(left) and psutil.Process(left).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import nothing_of_this_name", "Runtime.ImportModuleError", "nothing_of_this_name"),
        ("import os; os._exit(3)", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    ],
)
def test_function_that_cannot_be_loaded_says_why(make_function: Any, source: str, kind: str, message: str) -> None:
    invoke = make_function("functions.probe", source)
    for _ in range(2):
        answer, error = invoke({})
        assert (error, answer["errorType"]) == ("Unhandled", kind)
        assert message in answer["errorMessage"]


def test_what_is_printed_is_in_cloudwatch(make_function: Any, local_cloud: LocalCloud) -> None:
    invoke = make_function("functions.probe")
    name = invoke({"do": "look"})[0]["variables"]["AWS_LAMBDA_FUNCTION_NAME"]
    invoke({"do": "raise"})
    invoke({"do": "end"})
    lines = wait_for_lines(local_cloud.client("logs"), f"/aws/lambda/{name}", "exit status 3")
    words = [line.split(maxsplit=1)[0] for line in lines]
    assert lines[1] == "looked around"
    assert (words.count("START"), words.count("END"), words.count("REPORT")) == (3, 3, 3)
    assert words[0] == "START"
    assert any(line.startswith("[ERROR] ValueError: as asked") for line in lines)


def wait_for_lines(logs: Any, group: str, last: str) -> list[str]:
    """Return the lines of a log group, when it has the line `last` and what comes after it."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            events = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            continue
        lines = [event["message"].strip() for event in events]
        if any(last in line for line in lines) and lines[-1].startswith("REPORT"):
            return lines
    pytest.fail(f"{group} has no line with {last!r}")


@pytest.mark.parametrize("name", ["Runtime", "Architectures"])
def test_function_for_another_machine_is_refused(make_function: Any, local_cloud: LocalCloud, name: str) -> None:
    others = {"Runtime": "python3.9", "Architectures": [other for other in MACHINES if other != host_architecture()]}
    with pytest.raises(WaiterError) as error:
        make_function("functions.probe", **{name: others[name]})
    last: Any = error.value.last_response
    reason = last["Configuration"]["StateReason"]
    assert f"this LocalStack runs functions with its own {local_cloud.localstack.runtime}" in reason
