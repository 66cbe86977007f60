"""What LocalStack finds by this package's entry points, named in LAMBDA_RUNTIME_EXECUTOR and RUNTIME_COMPONENTS."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from tempfile import gettempdir

from localstack.aws.components import AwsComponents
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from rolo.gateway import Gateway


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """The executor `process`."""

    name = "process"

    def load(self, *_arguments: object, **_options: object) -> type[RuntimeExecutor]:
        """Return the executor's class."""
        from process_executor.executor import ProcessExecutor

        return ProcessExecutor


class ProcessComponents(AwsComponents):  # type: ignore[misc]
    """The components `process`: function URLs as AWS has them, on the addresses of GATEWAY_LISTEN only."""

    name = "process"

    @cached_property
    def gateway(self) -> Gateway:
        """LocalStack's gateway, whose function URLs have the CORS of their configuration."""
        from localstack.services.s3 import provider

        from process_executor.function_url import front_function_urls

        # which is /tmp/localstack-s3-storage, for all that run on a machine, and is left behind
        provider.DEFAULT_S3_TMP_DIR = str(Path(gettempdir()) / "s3")
        return front_function_urls(super().gateway)

    @cached_property
    def runtime_server(self) -> object:
        """A server that listens where it is told to."""
        from process_executor.server import Server

        return Server()
