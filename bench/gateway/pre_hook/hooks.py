"""A request hook that adds one header."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted_tyk import IRequestHook


@implementer(IRequestHook)
class AddHeader:
    def hook(self, rw: Any, request: Any) -> None:
        request.headers.add("Foo", "Bar")
