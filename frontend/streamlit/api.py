"""The prediction function, asked over HTTP: all that the page knows of it is its address and its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_S = httpx.Timeout(15, connect=5)  # a function that starts cold takes some seconds
NEEDED = {
    "/schema": ("properties",),
    "/model": ("version", "title", "task", "target", "caveats"),
    "/predict?explain=true": ("model_version",),  # the rest depends on the model, which the version stands for
    "/predict/batch": ("results", "model_version"),
}


class ApiError(Exception):
    """The function gave no answer to show.

    `title` says what happened, `details` why, `cure` what to do, `fields` what is wrong with which field, `status` is
    the answer's. All texts are plain, and may come from the API.
    """

    def __init__(
        self, title: str, details: list[str], cure: str, fields: list[tuple[str, str]] | None = None, status: int = 0
    ) -> None:
        """Keep what the page shows."""
        super().__init__(title, *details)
        self.title, self.details, self.cure, self.fields, self.status = title, details, cure, fields or [], status


def check_url(name: str, text: str) -> str:
    """Return the address that the setting `name` holds, without a slash at its end.

    Raises:
        ApiError: it is no address.
    """
    try:
        url = httpx.URL(text)
        usable = url.scheme in ("http", "https") and url.host and not (url.query or url.fragment or url.userinfo)
    except httpx.InvalidURL:
        usable = False
    if not usable:
        cure = f"Set it to the address of the prediction function, such as {DEFAULT_URL}, and start the page anew."
        raise ApiError(f"{name} cannot be used", [f"{name}={text} is not an http:// or https:// address."], cure)
    return text.rstrip("/")


def ask(url: str, path: str, body: Any = None) -> dict[str, Any]:
    """Return the JSON object that the function answers to GET `path`, or to POST where a body is given.

    Raises:
        ApiError: no answer came, or another than the page can use.
    """
    response = _send(url, path, json=body) if body is not None else _send(url, path)
    answer = _json(response)
    if response.is_success and isinstance(answer, dict) and all(key in answer for key in NEEDED[path]):
        return answer
    raise _problem(url + path, response)


def ask_csv(url: str, text: str) -> tuple[str, str]:
    """Return the CSV that the function answers to a CSV of rows, and the version of its model.

    Raises:
        ApiError: no answer came, or another than a CSV.
    """
    headers = {"Content-Type": "text/csv; charset=utf-8", "Accept": "text/csv"}
    response = _send(url, "/predict/batch", content=text.encode(), headers=headers)
    if response.is_success and response.headers.get("content-type", "").startswith("text/csv"):
        return response.content.decode(), response.headers.get("x-model-version", "")
    raise _problem(f"{url}/predict/batch", response)


def has_report(url: str) -> bool:
    """Return whether the function has a report on the model."""
    try:
        return httpx.head(f"{url}/report", timeout=TIMEOUT_S).is_success
    except httpx.HTTPError:
        return False


def _send(url: str, path: str, **sent: Any) -> httpx.Response:
    try:
        return httpx.request("POST" if sent else "GET", url + path, timeout=TIMEOUT_S, **sent)
    except httpx.TimeoutException:
        cure = "It may still be starting, or be busy. Try again in a moment."
        raise ApiError(
            "The prediction function took too long", [f"{url}{path} sent no answer in time."], cure
        ) from None
    except httpx.HTTPError as error:
        cure = "Start it (make demo starts both), or set API_URL to where it runs. Then try again."
        raise ApiError("The prediction function cannot be reached", [f"{url} gave no answer: {error}."], cure) from None


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _problem(address: str, response: httpx.Response) -> ApiError:
    answer = _json(response)
    return _refused(answer) if response.status_code == 422 else _failed(address, response, answer)


def _failed(address: str, response: httpx.Response, answer: Any) -> ApiError:
    kind = response.headers.get("content-type", "no content type")
    details = [f"{address} answered with status {response.status_code} ({kind})."]
    if isinstance(answer, dict) and isinstance(answer.get("detail"), str):
        details.append(answer["detail"])
    title, cure = (
        ("The prediction function failed", "Its log says why. Then try again.")
        if response.is_server_error
        else (
            "This is not the prediction function's answer",
            "Check that API_URL is the address of the prediction function. Then try again.",
        )
    )
    return ApiError(title, details, cure, status=response.status_code)


def _refused(answer: Any) -> ApiError:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    fields = [_field_problem(error) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    cure = "Change what is named here and predict again. Retry reads the form anew, in case it is out of date."
    details = [] if fields else ["It did not say which, or why."]
    return ApiError("The function refused these values", details, cure, fields, status=422)


def _field_problem(error: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of a field and what is wrong with it, from an entry of a 422; its pointer is RFC 6901's."""
    name = str(error.get("pointer", "")).removeprefix("/").replace("~1", "/").replace("~0", "~")
    message = str(error.get("detail") or "This value is not allowed.")
    if error.get("given") is not None:
        message += f" Given: {error['given']}."
    if error.get("suggestion"):
        message += f" Did you mean {error['suggestion']}?"
    return name, message
