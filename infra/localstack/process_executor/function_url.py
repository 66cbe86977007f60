"""Function URLs as AWS has them: the CORS of their own configuration, and events of 6 MB at most.

LocalStack alone adds CORS headers of its own to every answer, whatever the URL's configuration says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localstack.aws.api import RequestContext
from localstack.aws.handlers import add_cors_response_headers, enforce_cors
from localstack.http import Response
from localstack.services.lambda_.invocation.models import lambda_stores
from rolo.gateway import Gateway
from rolo.gateway.chain import HandlerChain

HOST = re.compile(r"(?P<id>[^.]+)\.lambda-url\.(?P<region>[^.]+)\.")
LARGEST_BYTES = 6_291_556
TOO_LARGE = f'{{"Message": "Request must be smaller than {LARGEST_BYTES} bytes for the InvokeFunction operation"}}'
Cors = dict[str, object]


def front_function_urls(gateway: Gateway) -> Gateway:
    """Put the handlers of this module before those of LocalStack, which still answer for everything else."""
    for handlers, theirs, ours in (
        (gateway.request_handlers, enforce_cors, receive),
        (gateway.response_handlers, add_cors_response_headers, add_headers),
    ):
        handlers[handlers.index(theirs)] = ours
    return gateway


def receive(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    """Answer preflights and refuse bodies that are too large; the rest goes to the function."""
    if not (url := HOST.match(context.request.host)):
        return enforce_cors(chain, context, response)
    if find_cors(url) is not None and is_preflight(context):
        response.status_code = 200
    elif (context.request.content_length or 0) > LARGEST_BYTES:
        response.status_code, response.data, response.mimetype = 413, TOO_LARGE, "application/json"
    else:
        return None
    return chain.stop()


def add_headers(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    """Add what lets a page of another origin read the answer, if it may."""
    if not (url := HOST.match(context.request.host)):
        return add_cors_response_headers(chain, context, response)
    origin, cors = context.request.headers.get("Origin"), find_cors(url)
    if origin and cors is not None:
        for name, value in cors_headers(cors, origin, is_preflight(context)):
            response.headers.add(name, value)
    return None


def is_preflight(context: RequestContext) -> bool:
    """Say whether a browser asks what it may send."""
    return context.request.method == "OPTIONS" and "Access-Control-Request-Method" in context.request.headers


def find_cors(url: re.Match[str]) -> Cors | None:
    """Return the CORS configuration of a function URL, if it has one."""
    for account in lambda_stores.values():
        for function in account[url["region"]].functions.values():
            for settings in function.function_url_configs.values():
                if settings.url_id.lower() == url["id"].lower():
                    return settings.cors or None
    return None


def cors_headers(cors: Cors, origin: str, is_preflight: bool) -> Iterator[tuple[str, str]]:
    """Yield the headers for a page of `origin`: none, if it is not among those that are allowed."""
    origins = cors.get("AllowOrigins") or []
    if not isinstance(origins, list) or not {"*", origin} & set(origins):
        return
    yield "Access-Control-Allow-Origin", "*" if "*" in origins else origin
    yield "Vary", "Origin"
    if cors.get("AllowCredentials"):
        yield "Access-Control-Allow-Credentials", "true"
    names = {"AllowMethods": "Allow-Methods", "AllowHeaders": "Allow-Headers"} if is_preflight else {}
    for key, name in {**names, "ExposeHeaders": "Expose-Headers"}.items():
        if isinstance(values := cors.get(key), list) and values:
            yield f"Access-Control-{name}", ",".join(values)
    if is_preflight and cors.get("MaxAge") is not None:
        yield "Access-Control-Max-Age", str(cors["MaxAge"])
