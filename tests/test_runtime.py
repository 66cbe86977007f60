"""Lambda's own runtime: what a function sees of the machine, one call at a time, and nothing that stays behind."""

from __future__ import annotations

import json
import os
import platform
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil
import pytest

from infra import emulator
from infra.emulator import PARTS, LambdaRuntimeError, find_emulator
from infra.runtime import FunctionError, LambdaRuntime
from tests.conftest import REPORT
from tests.lambdas import FUNCTIONS, needs_lambda

pytestmark = needs_lambda


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the functions that are tried here."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "functions.py").write_text(FUNCTIONS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def runtime(folder: Path) -> Iterator[LambdaRuntime]:
    with LambdaRuntime(folder, handler="functions.probe") as runtime:
        yield runtime


def test_function_sees_its_package_the_client_and_the_standard_library(runtime: LambdaRuntime, folder: Path) -> None:
    answer = runtime.invoke({"do": "look"})
    first, second, *library = answer["path"]
    assert (first, second, answer["folder"]) == (str(folder), str(PARTS), str(folder))
    assert [path for path in library if not path.startswith((sys.base_prefix, sys.base_exec_prefix))] == []
    assert [path for path in library if "site-packages" in path] == []
    assert answer["found"] == {"awslambdaric": True, "fastapi": False, "json": True, "pandas": False, "uvicorn": False}


def test_function_sees_lambdas_variables_and_its_own_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL_ONLY", "1")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    with LambdaRuntime(folder, {"COLOUR": "red"}, handler="functions.probe") as runtime:
        variables = runtime.invoke({"do": "look"})["variables"]
    for name in ("AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN"):
        assert variables.pop(name)
    variables.pop("LC_CTYPE", None)  # Python's own, where the machine does not have the locale of LANG
    assert variables == {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "AWS_LAMBDA_FUNCTION_NAME": "predict",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "10",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/Functions",
        "AWS_LAMBDA_LOG_STREAM_NAME": "$LATEST",
        "AWS_REGION": "eu-central-1",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_SESSION_TOKEN": "",
        "COLOUR": "red",
        "LAMBDA_TASK_ROOT": str(folder),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(PARTS),
        "TZ": ":UTC",
        "_HANDLER": "functions.probe",
    }
    assert "looked around\n" in capfd.readouterr().out


def test_function_that_raises_is_told_apart_from_one_that_answers(runtime: LambdaRuntime) -> None:
    with pytest.raises(FunctionError) as raised:
        runtime.invoke({"do": "raise"})
    told = json.loads(str(raised.value))
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "as asked")
    assert runtime.invoke({"do": "answer", "answer": {"error": "Message"}}) == {"error": "Message"}


def test_function_that_ends_is_started_again(runtime: LambdaRuntime) -> None:
    before = runtime.invoke({"do": "look"})["process"]
    assert runtime.invoke({"do": "look"})["process"] == before
    with pytest.raises(FunctionError, match=r"Runtime exited with error: exit status 3"):
        runtime.invoke({"do": "end"})
    assert runtime.invoke({"do": "look"})["process"] != before


def test_function_that_takes_too_long_is_stopped(folder: Path) -> None:
    with LambdaRuntime(folder, {"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"}, handler="functions.probe") as runtime:
        with pytest.raises(FunctionError, match=r"^Task timed out after 1\.00 seconds$"):
            runtime.invoke({"do": "hang"})
        assert runtime.invoke({"do": "answer", "answer": 1}) == 1


def test_answer_that_is_too_large_is_refused_by_the_runtime(runtime: LambdaRuntime) -> None:
    assert runtime.invoke({"do": "fill", "bytes": 6_291_550}) == "x" * 6_291_550
    with pytest.raises(FunctionError, match=r"Response payload size exceeded maximum allowed payload size"):
        runtime.invoke({"do": "fill", "bytes": 6_400_000})


def test_calls_that_overlap_are_made_one_after_the_other(runtime: LambdaRuntime) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: runtime.invoke({"do": "answer", "answer": n}), range(80)))
    assert answers == list(range(80))


def test_package_cannot_be_written_to(package: Path, tmp_path: Path) -> None:
    """Its own files by its own code: a module that is put on the path beside it tries."""
    writer = tmp_path / "writer.py"
    writer.write_text(FUNCTIONS, encoding="utf-8")
    paths = [package / "new", package / "predict" / "model.json", package / "predict" / "static" / "new"]
    with LambdaRuntime(package, {"PYTHONPATH": f"{PARTS}:{tmp_path}"}, handler="writer.probe") as runtime:
        written = [runtime.invoke({"do": "write", "path": str(path)}) for path in (*paths, tmp_path / "new")]
    assert written == ["PermissionError"] * 3 + ["written"]


def test_package_answers_with_nothing_else_beside_it(package: Path, model: Any) -> None:
    row = model.document["typical_row"]
    event = json.loads((Path(__file__).parent / "events" / "function-url.json").read_text(encoding="utf-8"))
    event |= {"body": json.dumps(row), "isBase64Encoded": False}
    with LambdaRuntime(package) as runtime:
        answer = runtime.invoke(event)
        event["requestContext"]["http"] |= {"method": "GET", "path": "/report"}
        report = runtime.invoke({**event, "rawPath": "/report", "body": None})
    assert answer["statusCode"] == 200, answer
    assert json.loads(answer["body"]) == model.predict(row)
    assert report["body"] == REPORT


@pytest.mark.parametrize("error", [None, ZeroDivisionError, KeyboardInterrupt])
def test_nothing_is_left_behind(folder: Path, error: type[BaseException] | None) -> None:
    runtime, processes = LambdaRuntime(folder, handler="functions.probe"), []
    with pytest.raises(error) if error else nullcontext(), runtime:
        assert runtime.invoke({"do": "answer", "answer": 1}) == 1
        processes = [psutil.Process(runtime.process.pid)]
        processes += processes[0].children(recursive=True)
        if error:
            raise error
    assert len(processes) == 2
    assert psutil.wait_procs(processes, timeout=10)[1] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", runtime.port)) != 0


def test_emulator_that_has_ended_is_named(folder: Path) -> None:
    with LambdaRuntime(folder, handler="functions.probe") as runtime:
        runtime.process.kill()
        runtime.process.wait()
        with pytest.raises(LambdaRuntimeError, match="^the Lambda runtime does not answer any more"):
            runtime.invoke({})


def test_emulator_that_does_not_start_is_named(folder: Path, tmp_path: Path) -> None:
    runtime = LambdaRuntime(folder)
    runtime.emulator = tmp_path / "emulator"
    runtime.emulator.write_text("#!/bin/sh\nexit 7\n")
    runtime.emulator.chmod(0o755)
    with pytest.raises(LambdaRuntimeError, match=r"emulator did not start \(exit code 7\); see its output"), runtime:
        pass


def test_another_machine_is_told_that_the_runtime_runs_on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    with pytest.raises(
        LambdaRuntimeError, match=r"^Lambda's runtime runs on Linux on x86_64 or aarch64, this is Darwin arm64$"
    ):
        find_emulator()


def test_missing_parts_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert os.access(find_emulator(), os.X_OK)
    monkeypatch.setattr(emulator, "PARTS", tmp_path)
    with pytest.raises(LambdaRuntimeError, match=r"^there is no .*aws-lambda-rie-\w+; `make lambda` installs it$"):
        find_emulator()
