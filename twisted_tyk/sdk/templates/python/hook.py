"""{{name}}: hooks in Python."""

from __future__ import annotations

from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseHook, IResponseWriter, Request, Response


@implementer(IRequestHook)
class AddHeader:
    """On the way in: every request reaches the upstream with a field more."""

    log = Logger()

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        self.log.info("adding a header to {path}", path=request.url.path)
        request.headers.set("X-Plugin", "{{name}}")


@implementer(IResponseHook)
class TellStatus:
    """On the way back: the client is told which status the upstream gave."""

    def hook(self, rw: IResponseWriter, response: Response, request: Request) -> None:
        response.headers.set("X-Upstream-Status", str(response.status))
