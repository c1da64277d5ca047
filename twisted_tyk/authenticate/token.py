"""The plain key: Tyk's default way to authenticate (``AuthKey``)."""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.apidef.model import AuthConfig
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.message.url import Query
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.state import SessionState


@implementer(IStep)
@frozen
class Token:
    """Asks for a key where the definition says a key is found, and finds its session.

    :ivar org_id: of the API.
    :ivar shortest: ``min_token_length``: a shorter key is not looked for.
    """

    config: AuthConfig
    keys: Keys
    org_id: str
    shortest: int = 3
    name: str = "AuthKey"

    def process(self, exchange: Exchange) -> Deferred[Reply | None] | None:
        """:raises Refusal: 401 without a key, 403 with one that is none."""
        exchange.token = token = presented(self.config, exchange)
        if not token:
            raise Refusal(401, "Authorization field missing")
        if len(token) < self.shortest:
            raise _refused()
        found = self.keys.find(token, self.org_id)
        if isinstance(found, Deferred):
            return found.addCallback(_recognise, exchange)
        _recognise(found, exchange)
        return None


def _recognise(session: SessionState | None, exchange: Exchange) -> None:
    if session is None:
        raise _refused()
    exchange.recognise(session)


def _refused() -> Refusal:
    return Refusal(403, "Access to this API has been disallowed", "AuthFailure")


def presented(config: AuthConfig, exchange: Exchange) -> str:
    """The key of a request, ``""`` when it has none.

    A query parameter goes before the header and a cookie before both, where
    the definition allows them; ``Bearer`` in front is not part of the key.
    """
    header = config.auth_header_name or "Authorization"
    key = "" if config.disable_header else exchange.headers.get(header) or ""
    if config.use_param:
        query = exchange.path_and_query().partition(b"?")[2].decode("utf-8", "surrogateescape")
        key = Query(query).get(config.param_name or header) or key
    if config.use_cookie:
        key = _cookie(exchange, config.cookie_name or header) or key
    return key[7:] if key[:7].lower() == "bearer " else key


def _cookie(exchange: Exchange, name: str) -> str:
    # By hand: http.cookies drops a whole line for one cookie that it does not like.
    for line in exchange.headers.get_all("cookie"):
        for cookie in line.split(";"):
            key, equals, value = cookie.strip().partition("=")
            if equals and key == name:
                return value.removeprefix('"').removesuffix('"') if value[:1] == '"' else value
    return ""
