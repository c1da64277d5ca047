"""Tickets in place of keys: who it is for, until when, and a proof of both."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from typing import Any

from zope.interface import implementer, provider

from twisted_tyk import Exchange, IPatch, IStep, Refusal, SessionState
from twisted_tyk.apidef.model import ApiDefinition


@provider(IPatch)
@implementer(IStep)
class TicketCheck:
    """A ticket is ``<name>.<Unix time>.<HMAC-SHA256 of what is before it>``."""

    name = "AuthKey"

    def __init__(self, replaced: IStep, api: ApiDefinition, config: Mapping[str, Any]) -> None:
        self.replaced = replaced
        self.org_id = api.org_id
        self.secret = config["secret"].encode()

    def process(self, exchange: Exchange) -> Any:
        ticket = exchange.headers.get("X-Ticket")
        if ticket is None:
            return self.replaced.process(exchange)  # whoever has a key may use that
        said, _, proof = ticket.rpartition(".")
        name, _, until = said.rpartition(".")
        made = hmac.new(self.secret, said.encode("utf-8", "surrogateescape"), "sha256")
        if not hmac.compare_digest(made.hexdigest().encode(), proof.encode("utf-8", "replace")):
            raise Refusal(403, "This is no ticket", "AuthFailure")
        if int(until) < time.time():
            raise Refusal(403, "This ticket is over", "AuthFailure")
        session = SessionState(key_id=f"ticket-{name}", org_id=self.org_id, alias=name)
        session.rate, session.per = 100, 60
        exchange.identify(session, stored=False)
        return None
