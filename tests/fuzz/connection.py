"""A connection to a server on loopback: requests over one that stays open, and whatever bytes over one of their own."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

import httpx

from tests.fuzz.answers import make_response
from tests.fuzz.campaign import HANG_S
from tests.fuzz.requests import HttpRequest

TIMEOUT_S = 10
PATIENCE_S = 0.02  # in which a server has begun to answer, or is told that no more will come
URL_SAFE = "/%?=&;,.+~*\\:-_"


class Connection:
    """Asks the server at `url`; a context manager, which closes what is open."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 80
        self.open = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.open.close()

    def ask(self, request: HttpRequest) -> httpx.Response:
        """Return the answer to a request; one that the server has closed the connection before is sent again, once."""
        headers = {name: value.encode("latin-1") for name, value in request.headers.items()}
        for attempt in range(2):
            try:
                self.open.request(request.method, request.target, request.body, headers)
                response = self.open.getresponse()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.open.close()
                if attempt:
                    raise
        body = response.read()
        if response.status == HTTPStatus.BAD_REQUEST:  # the server may close after it, and says so too late
            self.open.close()
        return make_response(
            request.method,
            f"http://{self.host}{quote(request.target, URL_SAFE)}",
            response.status,
            response.getheaders(),
            body,
        )

    def send(self, message: bytes) -> list[httpx.Response]:
        """Return the answers to whatever bytes, none where the server closes, or waits for more.

        Raises:
            TimeoutError: once the client will send no more, the server neither answers nor closes.
        """
        found = []
        with socket.create_connection((self.host, self.port), TIMEOUT_S) as connection:
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                connection.sendall(message)
            stream = _Stream(socket.SocketIO(connection, "rb"))
            connection.settimeout(PATIENCE_S)
            with contextlib.suppress(ConnectionResetError):
                begun = _has_more(connection)
                connection.settimeout(HANG_S)
                if begun and not stream.peek().startswith(b"HTTP/1.1 100 "):  # after which it waits for the body
                    found.append(self._read_answer(stream))
                with contextlib.suppress(OSError):  # the server has closed it
                    connection.shutdown(socket.SHUT_WR)
                while stream.peek(1):
                    found.append(self._read_answer(stream))
        return found

    def _read_answer(self, stream: _Stream) -> httpx.Response:
        response = http.client.HTTPResponse(stream, method="POST")  # type: ignore[arg-type]  # makefile is all it asks
        response.begin()
        body = response.read()
        return make_response("POST", f"http://{self.host}/predict", response.status, response.getheaders(), body)


class _Stream(io.BufferedReader):
    """What a server sends, of which one answer after the other is read: http.client closes what it has read from."""

    def makefile(self, _mode: str) -> Self:
        return self

    def close(self) -> None:
        pass


def _has_more(connection: socket.socket) -> bool:
    """Return whether anything comes before the connection's time is over."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
