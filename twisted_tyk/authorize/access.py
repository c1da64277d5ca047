"""The key is good for this API (``AccessRightsCheck``)."""

from __future__ import annotations

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IStep


@implementer(IStep)
@frozen
class Access:
    """A session without any rights may use every API, as in Tyk."""

    name: str = "AccessRightsCheck"

    def process(self, exchange: Exchange) -> None:
        """:raises Refusal: 403 when the session has rights, but none for this API."""
        session = exchange.session
        if session is None or not session.access_rights:
            return
        if exchange.api.api_id not in session.access_rights:
            raise Refusal(403, "Access to this API has been disallowed")
