"""What one hook learns of a client, and what the next one does with it."""

from http import HTTPStatus

from attrs import frozen
from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter, Request, SessionState, ctx


@frozen
class Developer:
    id: str
    email: str


#: By key; yours are in a database.
DEVELOPERS = {"abc": Developer("42", "ada@example.com")}


@implementer(IRequestHook)
class FindDeveloper:
    """For ``auth_check``: says who the client is."""

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        key = request.headers.get("Authorization", "")
        developer = DEVELOPERS.get(key)
        if developer is None:
            rw.write_header(HTTPStatus.FORBIDDEN)
            return
        session = SessionState(key_id=key, org_id="default", alias=developer.email)
        session.meta_data["tyk_developer_id"] = developer.id
        session.meta_data["tyk_developer_email"] = developer.email
        ctx.set_session(request, session)


@implementer(IRequestHook)
class IntroduceDeveloper:
    """For ``post_key_auth``: tells the upstream which API and who is asking."""

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        definition = ctx.get_definition(request)
        session = ctx.get_session(request)
        assert definition is not None
        assert session is not None
        # set, not add: a client must not be able to introduce itself.
        request.headers.set("X-Api-Name", definition.name)
        request.headers.set("X-Developer-Id", session.meta_data["tyk_developer_id"])
        request.headers.set("X-Developer-Email", session.meta_data["tyk_developer_email"])
