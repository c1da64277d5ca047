"""A response hook that adds one header."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted_tyk import IResponseHook


@implementer(IResponseHook)
class AddResponseHeader:
    def hook(self, rw: Any, response: Any, request: Any) -> None:
        response.headers.add("X-Foo", "Bar")
