"""Greets whoever gives a name; others reach the upstream."""

from twisted_tyk import IResponseWriter, Request


def greet(rw: IResponseWriter, request: Request) -> None:
    """Say hello to ``?name=``."""
    name = request.url.query.get("name")
    if name:
        rw.write(f"Hello {name}\n")
