"""``/tyk/oauth`` for tokens: lists of them, and their end [gateway/api.go]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import frozen

from twisted_tyk.control.answers import Answer, changed, error, ok
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.oauth_apis import OAuthApis, waits
from twisted_tyk.control.routes import Outcome, Parameter, Route, Schema
from twisted_tyk.control.schemas import CHANGED, STATUS
from twisted_tyk.errors import Refusal
from twisted_tyk.oauth.access import PAGE
from twisted_tyk.oauth.purge import Purger

_TOKENS: Final = Schema(
    "OAuthTokens",
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "expires": {"type": "integer"}},
        },
    },
)
_PAGE: Final = {
    "type": "object",
    "properties": {
        "Pagination": {
            "type": "object",
            "properties": {
                name: {"type": "integer"} for name in ("page_num", "page_total", "page_size")
            },
        },
        "Tokens": _TOKENS,
    },
}
_FORM: Final = "application/x-www-form-urlencoded"


@frozen
class OAuthTokens:
    """Lists tokens by what they are stored under, and ends them."""

    apis: OAuthApis
    purger: Purger

    def routes(self) -> Iterable[Route]:
        done = {200: Outcome("It is done, whether there was one or not", STATUS)}
        wrong = {400: Outcome("What is missing or wrong", STATUS)}
        yield Route(
            "GET", "/tyk/oauth/clients/{api_id}/{client_id}/tokens", waits(self.listed),
            "The access tokens of a client that are good, those that end first in front",
            query=[Parameter("page", f"From 1; a page has {PAGE} tokens", {"type": "integer"})],
            responses={
                200: Outcome("Hashes, when keys are hashed", {"anyOf": [_TOKENS, _PAGE]}),
                404: Outcome("OAuth Client ID not found", STATUS),
            },
        )  # fmt: skip
        yield Route(
            "DELETE", "/tyk/oauth/refresh/{token}", waits(self.end_refresh),
            "End a refresh token",
            query=[Parameter("api_id", "Of the API", required=True)],
            responses={
                200: Outcome("Deleted, if it was there", CHANGED),
                404: Outcome("API for this refresh token not found", STATUS), **wrong,
            },
        )  # fmt: skip
        yield Route(
            "POST", "/tyk/oauth/revoke", waits(self.revoke), "End a token of a client",
            body=_form("token", "client_id", "token_type_hint", "org_id"), body_media=_FORM,
            responses={**done, **wrong},
        )  # fmt: skip
        yield Route(
            "POST", "/tyk/oauth/revoke_all", waits(self.revoke_all),
            "End all tokens of a client",
            body=_form("client_id", "client_secret", "org_id"), body_media=_FORM,
            responses={
                **done,
                **wrong,
                401: Outcome("Id or secret are missing or wrong", STATUS),
                404: Outcome("oauth client doesn't exist", STATUS),
            },
        )  # fmt: skip
        yield Route(
            "DELETE", "/tyk/oauth/tokens", waits(self.purge),
            "Take tokens that lapsed long ago out of the lists of all clients",
            query=[Parameter("scope", "lapsed", {"enum": ["lapsed"]}, required=True)],
            responses={
                **done, **wrong, 422: Outcome("scope parameter is required", STATUS),
            },
        )  # fmt: skip

    async def listed(self, asked: Asked) -> Answer:
        """The tokens of a client, all or one page."""
        kept = self.apis.asked(asked.parameters["api_id"])
        pairs = await kept.tokens.listed(asked.parameters["client_id"])
        shown = [{"code": name, "expires": ends} for name, ends in pairs]
        if not asked.query.get("page"):
            return Answer(200, shown)
        page = _page(asked.query["page"])
        value = {
            "Pagination": {
                "page_num": page,
                "page_total": -(-len(shown) // PAGE),
                "page_size": PAGE,
            },
            "Tokens": shown[(page - 1) * PAGE : page * PAGE],
        }
        return Answer(200, value)

    async def end_refresh(self, asked: Asked) -> Answer:
        """End a refresh token."""
        api_id = asked.query.get("api_id")
        if not api_id:
            raise Refusal(400, "Missing parameter api_id")
        definition = self.apis.find(api_id)
        if definition is None:
            raise Refusal(404, "API for this refresh token not found")
        if not definition.use_oauth2:
            raise Refusal(400, "OAuth is not enabled on this API")
        token = asked.parameters["token"]
        await self.apis.kept(definition).tokens.take_refresh(token)
        return changed(token, "deleted")

    async def revoke(self, asked: Asked) -> Answer:
        """End one token."""
        form = asked.form()
        token, client_id = form.get("token"), form.get("client_id")
        if not token:
            raise Refusal(400, "token is required")
        if not client_id:
            raise Refusal(400, "client_id is required")
        found = await self.apis.having(client_id, form.get("org_id", ""))
        if not found:
            raise Refusal(400, "oauth client doesn't exist")
        for kept in found:
            await kept.tokens.end(token, form.get("token_type_hint", ""))
        return ok("token revoked successfully")

    async def revoke_all(self, asked: Asked) -> Answer:
        """End all tokens of a client."""
        form = asked.form()
        client_id, secret = form.get("client_id"), form.get("client_secret")
        if not client_id:
            raise Refusal(401, "client_id is required")
        if not secret:
            raise Refusal(401, "client_secret is required")
        found = await self.apis.having(client_id, form.get("org_id", ""))
        if not found:
            raise Refusal(404, "oauth client doesn't exist")
        known = [kept for kept in found if await kept.clients.known(client_id, secret)]
        if not known:
            raise Refusal(401, "client secret is wrong")
        for kept in known:
            await kept.tokens.revoke_all(client_id)
        return ok("tokens revoked successfully")

    async def purge(self, asked: Asked) -> Answer:
        """Purge lapsed tokens."""
        scope = asked.query.get("scope")
        if scope is None:
            return error(422, "scope parameter is required")
        if scope != "lapsed":
            raise Refusal(400, "unknown scope")
        await self.purger.purge()
        return ok("lapsed tokens purged")


def _form(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


def _page(text: str) -> int:
    try:
        return max(1, int(text))
    except ValueError:
        return 1
