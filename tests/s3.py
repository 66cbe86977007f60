"""S3 on loopback: moto's, behind a server that lets one request after another at it, and can fail as S3 does.

moto looks at conditions and writes in two steps, between which its own server would let another request in; S3 does
not. Nor does moto compare a body with the checksum that is sent with it, which is done here.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.config import Config
from moto.core.botocore_stubber import BotocoreStubber

BUCKET = "models"
REGION = "us-east-1"
ENVIRONMENT = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
SESSION = boto3.Session("test", "test", region_name=REGION)  # one, that reads boto3's tables once
ANSWERS = {  # what S3 answers instead of doing what it is asked
    "busy": (503, "SlowDown"),
    "error": (500, "InternalError"),
    "denied": (403, "AccessDenied"),
    "no bucket": (404, "NoSuchBucket"),
    "conflict": (409, "ConditionalRequestConflict"),
}
CONNECTIONS = ("refused", "lost", "cut")  # closed before the request was done, after it, or within the answer
Fault = Callable[[str, str], str | None]  # of a method and a key, the name of a fault


class S3(ThreadingHTTPServer):
    """A server of S3; `fault` decides of each request what goes wrong, `asked` are the requests so far."""

    daemon_threads = True
    request_queue_size = 300
    fault: Fault = staticmethod(lambda _method, _key: None)

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.turn = threading.Lock()
        self.moto = BotocoreStubber()
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def client(self, attempts: int = 1, connections: int = 10) -> Any:
        """Return a client of this server."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            read_timeout=60,  # on a machine that is busy; no test waits for it
            max_pool_connections=connections,
        )
        return SESSION.client("s3", endpoint_url=self.url, config=config)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away, as those of the tests do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: S3

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = self.path.partition("?")[0].removeprefix(f"/{BUCKET}").lstrip("/")
        with self.server.turn:
            self.server.asked.append((self.command, key))
            fault = self.server.fault(self.command, key)
            status, headers, answer = self.do(body) if fault in (None, "lost", "cut") else (0, {}, b"")
        self.close_connection = fault in CONNECTIONS
        if fault in ("refused", "lost"):
            return
        if fault in ANSWERS:
            status, code = ANSWERS[fault]
            answer = f"<Error><Code>{code}</Code><Message>As the test has it.</Message></Error>".encode()
            headers = {"Content-Type": "application/xml"}
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, str(value))
        is_head = self.command == "HEAD"
        told = next((value for name, value in headers.items() if name.lower() == "content-length"), len(answer))
        self.send_header("Content-Length", str(told if is_head else len(answer)))
        self.end_headers()
        if not is_head and status != 304:
            self.wfile.write(answer[: len(answer) // 2] if fault == "cut" else answer)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815 (names of the base class)

    def do(self, body: bytes) -> tuple[int, dict[str, Any], bytes]:
        sent = self.headers.get("x-amz-checksum-sha256")
        if sent and base64.b64decode(sent) != hashlib.sha256(body).digest():
            return 400, {}, b"<Error><Code>BadDigest</Code><Message>The sha256 is another.</Message></Error>"
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            if name.lower() not in ("expect", "host"):
                headers[name] = value
        url = f"https://s3.amazonaws.com{self.path}"
        request = AWSPreparedRequest(self.command, url, headers, body, stream_output=False)
        answer = self.server.moto.process_request(request)
        assert answer is not None
        status, found, contents = answer
        return status, dict(found), contents.encode() if isinstance(contents, str) else contents

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (named by the base class)
        pass


@contextmanager
def serve_s3() -> Iterator[S3]:
    """Serve S3 with one empty bucket."""
    with S3() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            client = server.client()
            if any(bucket["Name"] == BUCKET for bucket in client.list_buckets()["Buckets"]):
                for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
                    for stored in page.get("Contents", ()):
                        client.delete_object(Bucket=BUCKET, Key=stored["Key"])
            else:
                client.create_bucket(Bucket=BUCKET)
            server.asked.clear()
            yield server
        finally:
            server.shutdown()
            thread.join()
