"""The root module of the package: AWS's Lambda Web Functions run `main:app`, event functions `main.handler`."""

from predict.main import app, handler

__all__ = ["app", "handler"]
