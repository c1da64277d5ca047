"""What the OAuth server of an API answers, below the listen path [gateway/server.go].

``tyk/oauth/authorize-client/``, ``oauth/authorize/``, ``oauth/token/``, ``oauth/revoke`` and
``oauth/revoke_all``.
"""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest
from typing import Final

from attrs import field, frozen

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.message.headers import Pair
from twisted_tyk.message.octets import octets
from twisted_tyk.oauth.asked import Asked
from twisted_tyk.oauth.endpoint import Endpoint, as_reply, status_object
from twisted_tyk.oauth.issuing import output
from twisted_tyk.oauth.problem import OAuthProblem
from twisted_tyk.oauth.server import Server

_POST: Final = frozenset([b"POST"])
_EITHER: Final = frozenset([b"GET", b"POST"])
_NO_STORE: Final[tuple[Pair, ...]] = ((b"Cache-Control", b"no-store"),)
#: On answers with tokens in them.
_SECURE: Final[tuple[Pair, ...]] = (
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-XSS-Protection", b"1; mode=block"),
    (b"X-Frame-Options", b"DENY"),
    (b"Strict-Transport-Security", b"max-age=63072000; includeSubDomains"),
    (b"Cache-Control", b"no-cache, no-store, must-revalidate"),
    (b"Pragma", b"no-cache"),
    (b"Expires", b"0"),
)


@frozen
class Endpoints:
    """:ivar secret: of the control API; an empty one is nobody's."""

    server: Server
    secret: bytes = field(repr=False)

    def all(self) -> Iterator[tuple[tuple[bytes, ...], Endpoint]]:
        """Paths, and what answers there."""
        status = self.server.rules.error_status
        approve = Endpoint(self.approve, _POST, status, _NO_STORE)
        yield (b"/tyk/oauth/authorize-client", b"/tyk/oauth/authorize-client/"), approve
        if self.server.rules.login:
            ask = Endpoint(self.ask, _EITHER, status, _NO_STORE, _told)
            yield (b"/oauth/authorize", b"/oauth/authorize/"), ask
        token = Endpoint(self.token, _EITHER, status, _SECURE)
        yield (b"/oauth/token", b"/oauth/token/"), token
        yield (b"/oauth/revoke",), Endpoint(self.revoke, _POST, status)
        yield (b"/oauth/revoke_all",), Endpoint(self.revoke_all, _POST, status)

    async def ask(self, exchange: Exchange, asked: Asked) -> Reply:
        """A user's browser was sent here by a client: on to the page where users log in."""
        await self.server.authorising.check(asked)
        url = octets(self.server.rules.login)
        query = exchange.target.partition(b"?")[2]
        if exchange.method == b"GET":
            url += (b"&" if b"?" in url else b"?") + query
        # What came by POST is sent there once more by the browser.
        return Reply(307, [(b"Location", url)])

    async def approve(self, exchange: Exchange, asked: Asked) -> Reply:
        """The page, which has the secret, says that the user agrees."""
        given = exchange.headers.first(b"x-tyk-authorization") or b""
        if not self.secret or not compare_digest(given, self.secret):
            message = "Attempted administrative access with invalid or missing key!"
            return status_object(403, message)
        return as_reply(await self.server.authorising.approve(asked))

    async def token(self, exchange: Exchange, asked: Asked) -> Reply:
        """A client wants a token for a grant."""
        if exchange.method != b"POST":
            raise OAuthProblem("invalid_request", "Tokens are asked for by POST.")
        access = await self.server.grants.token(asked)
        self.server.notifier.tell(access, asked.get("code"), asked.get("refresh_token"))
        return as_reply(output(access))

    async def revoke(self, exchange: Exchange, asked: Asked) -> Reply:
        """Whoever has a token may end it (RFC 7009). Whether there was one is not told."""
        token = asked.form.get("token")
        if not token:
            return status_object(400, "token is required")
        await self.server.kept.tokens.end(token, asked.form.get("token_type_hint", ""))
        return status_object(200, "token revoked successfully")

    async def revoke_all(self, exchange: Exchange, asked: Asked) -> Reply:
        """A client ends all tokens that it has."""
        client_id, secret = asked.form.get("client_id"), asked.form.get("client_secret")
        if not client_id:
            return status_object(401, "client_id is required")
        if not secret:
            return status_object(401, "client_secret is required")
        if await self.server.kept.clients.known(client_id, secret) is None:
            return status_object(401, "client secret is wrong")
        await self.server.kept.tokens.revoke_all(client_id)
        return status_object(200, "tokens revoked successfully")


def _told(problem: OAuthProblem, status: int) -> Reply:
    """A user sees this, not a client: nobody is sent anywhere."""
    return status_object(status, problem.description)
