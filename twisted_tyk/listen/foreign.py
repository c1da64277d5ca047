"""Resources made for Twisted's own web server, served by this one."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.resource import IResource, getChildForRequest
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.listen.request import GatewayRequest


def render_foreign(request: GatewayRequest, resource: IResource) -> int:
    """Serve ``request`` from ``resource`` or one of its children.

    The body is gathered first, so that ``content`` has it whole. ``prepath``
    and ``postpath`` say where ``resource`` is mounted; as they come, it is the root.

    :return: always ``NOT_DONE_YET``. An exception is answered 500 and logged;
        when the client leaves during its body the resource hears nothing of it.
    """
    body = request.exchange.body.gather()
    if not isinstance(body, Deferred):
        _render(request, resource)
        return NOT_DONE_YET

    def came(_: bytes) -> None:
        _render(request, resource)

    def broke(reason: Failure) -> None:
        # The channel has answered the client already, or lost it.
        return None

    body.addCallbacks(came, broke)
    return NOT_DONE_YET


def _render(request: GatewayRequest, resource: IResource) -> None:
    try:
        child: Any = getChildForRequest(resource, request)
        request.render(child)
    except Exception:
        request.processingFailed(Failure())
