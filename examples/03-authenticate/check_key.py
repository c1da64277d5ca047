"""Authentication of one's own."""

from http import HTTPStatus

from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter, Request, SessionState, ctx

#: Names of clients by their keys; yours are in a database.
CLIENTS = {"abc": "abc-session"}


@implementer(IRequestHook)
class CheckKey:
    """Lets in who sends a known key in ``Authorization``."""

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        key = request.headers.get("Authorization", "")
        alias = CLIENTS.get(key)
        if alias is None:
            rw.write_header(HTTPStatus.FORBIDDEN)
            return
        session = SessionState(key_id=key, org_id="default", alias=alias)
        ctx.set_session(request, session)
