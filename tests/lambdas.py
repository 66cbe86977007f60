"""Functions of a few lines that tests run under Lambda's own runtime."""

from __future__ import annotations

import sys

import pytest

needs_lambda = pytest.mark.skipif(sys.platform != "linux", reason="Lambda's runtime runs on Linux only")

FUNCTIONS = '''
import importlib.util, os, pathlib, signal, sys

PROBED = ["awslambdaric", "fastapi", "json", "pandas", "uvicorn"]


def probe(event, context):
    """Does what the event says."""
    if event["do"] == "look":
        print("looked around")
        found = {name: importlib.util.find_spec(name) is not None for name in PROBED}
        return {"path": sys.path, "folder": os.getcwd(), "found": found, "variables": dict(os.environ), "process": os.getpid()}
    if event["do"] == "write":
        try:
            pathlib.Path(event["path"]).write_text("x")
        except OSError as error:
            return type(error).__name__
        return "written"
    if event["do"] == "raise":
        raise ValueError("as asked")
    if event["do"] == "end":
        os._exit(3)
    if event["do"] == "hang":
        signal.pause()
    if event["do"] == "fill":
        return "x" * event["bytes"]
    return event["answer"]


def echo(event, context):
    """Answers with the event, or with what it says under /answer."""
    import json
    if event["rawPath"] == "/answer":
        return json.loads(event["body"])
    if event["rawPath"] == "/raise":
        raise ValueError("as asked")
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
'''
