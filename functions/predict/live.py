"""The live model: an app that answers with what the registry has live, and follows it while it runs.

A whole app belongs to each model, so that what checks, scores and describes rows changes together, by one assignment,
and a request under way keeps the app that it began with. See docs/decisions/0019.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from predict.aws import make_client
from predict.log import write_line
from predict.model import REPORT, Model, ModelError, load_model, parse_model
from predict.registry import LIVE, MANIFEST, Address, RegistryError, check_file, read_history, read_manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_S, READ_S, ATTEMPTS = 1, 2, 2  # what S3 is given: one fault at a start does not bring an older model back
PATIENCE_S = 1.5  # that a request waits for a newer model, before it is answered with the one that is there
MOST_INTERVALS = 8  # between two attempts, while S3 fails
Health = Callable[[], dict[str, Any]]
MakeApp = Callable[[Model, Path | bytes | None, Health], ASGIApp]


@dataclass(frozen=True)
class Served:
    """What is answered with: an app, the version in it, and the ETag of the pointer that named that."""

    app: ASGIApp
    version: str
    etag: str | None


class LiveApp:
    """Answers with the app of the live model; where S3 fails with the last good one, at start with the packaged one.

    Nothing can run between two requests on Lambda. So the first request after `refresh_s` asks whether the pointer has
    changed, in a thread, for `PATIENCE_S` at most; others are answered meanwhile.
    """

    def __init__(
        self, address: Address, client: S3Client, make_app: MakeApp, packaged: Path, refresh_s: float = 60
    ) -> None:
        """Load the live model of `address`, or if that fails the one at the path `packaged`.

        Raises:
            ModelError: neither can be had.
        """
        self.address, self.client, self.make_app, self.refresh_s = address, client, make_app, refresh_s
        self.source, self.failures, self.checked = "live", 0, 0.0
        self.is_refreshing = False
        self.served: Served | None = None
        problem = self.refresh()
        if self.served is None:
            self.served = self._fall_back(packaged, problem)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with a newer model if there is one."""
        if scope["type"] == "http" and not self.is_refreshing and self.is_due:
            self.is_refreshing = True  # here, in the loop's one thread, so that no other request does the same
            await asyncio.wait([asyncio.get_running_loop().run_in_executor(None, self.refresh)], timeout=PATIENCE_S)
        assert self.served is not None  # noqa: S101 (the constructor sees to it)
        await self.served.app(scope, receive, send)

    @property
    def is_due(self) -> bool:
        """Whether the interval is over: longer while S3 fails, and whenever the clock was put back."""
        intervals = min(2 ** max(self.failures - 1, 0), MOST_INTERVALS)
        return not 0 <= time.time() - self.checked < self.refresh_s * intervals

    def refresh(self) -> str | None:
        """Take over the live model if it is another; return why that failed, in which case all stays as it is."""
        try:
            newer = self._read()
            if newer:
                self.served = newer
                write_line("INFO", "model", source="live", model_version=newer.version)
            self.source, self.failures = "live", 0
        except Exception as error:  # whatever it is, the model that is there goes on answering
            problem = f"{type(error).__name__}: {error}"
            self.failures += 1
            if self.served:
                self.source = "last good copy" if self.served.etag else "packaged model"
                kept = {"source": self.source, "model_version": self.served.version}
                write_line("ERROR", "model not refreshed", uri=self.address.uri, reason=problem, **kept)
            return problem
        finally:
            self.checked, self.is_refreshing = time.time(), False
        return None

    def _read(self) -> Served | None:
        """Return what is live, checked and ready to answer; None if that is what is served."""
        known = self.served.etag if self.served else None
        pointer = self._get(LIVE, known)
        if pointer is None:
            return None
        contents, etag = pointer
        entry = read_history(contents, self.address)[-1]
        if self.served and self.served.etag and entry.version == self.served.version:
            return Served(self.served.app, entry.version, etag)
        manifest = read_manifest(
            self._get_whole(entry.version, MANIFEST), self.address, entry.version, entry.manifest_sha256
        )
        place = f"s3://{self.address.bucket}/{self.address.key(entry.version, 'model.json')}"
        model = parse_model(check_file(self._get_whole(entry.version, "model.json"), manifest, "model.json"), place)
        if (model.document["name"], model.version) != (self.address.name, entry.version):
            raise RegistryError(f"{place} is the model {model.document['name']} {model.version}")
        report = None
        if REPORT in manifest["files"]:
            report = check_file(self._get_whole(entry.version, REPORT), manifest, REPORT)
        return Served(self.make_app(model, report, self.health), model.version, etag)

    def health(self) -> dict[str, Any]:
        """Return what /health says of where the model comes from."""
        return {"source": self.source}

    def _fall_back(self, packaged: Path, problem: str | None) -> Served:
        try:
            model = load_model(packaged)
        except ModelError as error:
            raise ModelError(f"{self.address.uri} cannot be had ({problem}), and {error}") from None
        if model.document["name"] != self.address.name:
            raise ModelError(
                f"{self.address.uri} cannot be had ({problem}), and {packaged} is another model, "
                f"{model.document['name']}; promote one, or unset MODEL_URI"
            )
        self.source = "packaged model"
        kept = {"source": self.source, "model_version": model.version}
        write_line("ERROR", "model not loaded", uri=self.address.uri, reason=problem, **kept)
        return Served(self.make_app(model, packaged.with_name(REPORT), self.health), model.version, None)

    def _get_whole(self, *parts: str) -> bytes:
        found = self._get("/".join(parts))
        assert found is not None  # noqa: S101 (there is no condition)
        return found[0]

    def _get(self, name: str, etag: str | None = None) -> tuple[bytes, str] | None:
        """Return an object's contents and ETag; None if it still has the ETag that is given."""
        from botocore.exceptions import ClientError

        condition: Any = {"IfNoneMatch": etag} if etag else {}
        try:
            answer = self.client.get_object(Bucket=self.address.bucket, Key=self.address.key(name), **condition)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 304:
                return None
            raise
        return answer["Body"].read(), answer["ETag"]


def make_s3_client() -> S3Client:
    """Return a client of S3 that gives up early.

    Raises:
        ModelError: there is no boto3, or it is set to what there is not.
    """
    try:
        client: S3Client = make_client("s3", connect_s=CONNECT_S, read_s=READ_S, attempts=ATTEMPTS)
    except ModuleNotFoundError:
        raise ModelError(
            "MODEL_URI=s3://... takes boto3, which is not installed here; `pip install boto3`, or unset MODEL_URI"
        ) from None
    except Exception as error:  # BotoCoreError or ValueError, of which the first is boto3's own
        raise ModelError(f"MODEL_URI=s3://... cannot be asked: {error}; see AWS_PROFILE, AWS_ENDPOINT_URL") from None
    return client
