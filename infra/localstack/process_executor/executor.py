"""The executor: what LocalStack asks of a function version's sandbox."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from process_executor.runtime_api import HOST, Invocation
from process_executor.sandbox import RUNTIME_CLIENT, Sandbox, SandboxError, runtime_name

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}  # Lambda's word: Linux's


class ProcessExecutor(RuntimeExecutor):  # type: ignore[misc]
    """Runs one sandbox of a function version; LocalStack makes another for each event that overlaps."""

    sandbox: Sandbox | None = None

    def start(self, env_vars: dict[str, object]) -> None:
        """Start the sandbox, and raise StatusErrorException with the reason if the function cannot be loaded."""
        self.variables = {name: str(value) for name, value in env_vars.items()}
        self._start_sandbox()

    def stop(self) -> None:
        """End the sandbox; whoever waits for it is told."""
        if self.sandbox:
            self.sandbox.stop()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Return the answer of the function to one event. A sandbox that has ended or timed out is started anew."""
        settings, id_, started = self.function_version.config, payload["invoke-id"], time.monotonic()
        if not (self.sandbox and self.sandbox.is_running()):
            self._start_sandbox()
        assert self.sandbox  # just started
        deadline = time.time() + settings.timeout
        headers = {
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
            "Lambda-Runtime-Trace-Id": payload["trace-id"],
        }
        try:
            answer, is_error = self.sandbox.invoke(
                Invocation(id_, payload["payload"].encode(), headers), settings.timeout
            )
        except SandboxError as error:
            answer, is_error = failure("Runtime.ExitError", f"RequestId: {id_} Error: {error}"), True
        except TimeoutError:
            text = f"RequestId: {id_} Error: Task timed out after {settings.timeout:.2f} seconds"
            answer, is_error = failure("Sandbox.Timedout", text), True
            self.sandbox.stop()
        lines = [
            f"START RequestId: {id_} Version: {self.function_version.id.qualifier}",
            self.sandbox.read_log().rstrip("\n"),
            json.loads(answer)["errorMessage"] if is_error and not self.sandbox.is_running() else "",
            f"END RequestId: {id_}",
            f"REPORT RequestId: {id_}\tDuration: {(time.monotonic() - started) * 1000:.2f} ms\t"
            f"Memory Size: {settings.memory_size} MB",
        ]
        return InvocationResult(id_, answer, is_error, "\n".join(filter(None, lines)))

    def get_logs(self) -> str:
        """Return what the sandbox printed since the last event."""
        return self.sandbox.read_log() if self.sandbox else ""

    def get_address(self) -> str:
        """Return where the sandbox is."""
        return HOST

    def get_endpoint_from_executor(self) -> str:
        """Return where LocalStack is for the sandbox."""
        return HOST

    def get_runtime_endpoint(self) -> str:
        """Return the address of LocalStack; the sandbox has a runtime API of its own."""
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code.

        Raises:
            LambdaRuntimeException: it is for another Python or another machine, or no zip.
        """
        settings = function_version.config
        given = (settings.runtime, MACHINES.get(settings.architectures[0]))
        if given != (runtime_name(), platform.machine()):
            raise LambdaRuntimeException(
                f"the function is for {settings.runtime} on {settings.architectures[0]}, and this LocalStack runs "
                f"functions with its own {runtime_name()} on {platform.machine()}; deploy with that Runtime and "
                "Architecture, or start it with another Python"
            )
        settings.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Leave the code: LocalStack deletes it with the version."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Say whether the runtime client is there."""
        return (Path(os.environ[RUNTIME_CLIENT]) / "awslambdaric").is_dir()

    def _start_sandbox(self) -> None:
        settings = self.function_version.config
        self.sandbox = Sandbox(settings.code.get_unzipped_code_location(), settings.handler, self.variables)
        try:
            reason = self.sandbox.load()
        except SandboxError as error:
            reason = failure("Runtime.ExitError", str(error))
        if reason:
            self.sandbox.stop()
            raise StatusErrorException("the function cannot be loaded", payload=reason)


def failure(kind: str, message: str) -> bytes:
    """Return the payload of an invocation that the function itself has not answered."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
