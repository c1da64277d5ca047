"""Telling the owner of an API of new tokens (``notifications.oauth_on_keychange_url``).

[apidef/notifications.go]
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import treq
from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.http_headers import Headers

from twisted_tyk.apidef.oauth import Notifications
from twisted_tyk.events.outbox import Outbox
from twisted_tyk.oauth.records import Access

if TYPE_CHECKING:
    from treq.client import HTTPClient

#: How often it is tried, seconds between, and seconds for each.
ATTEMPTS: Final = 3
PAUSE: Final = 10.0
TIMEOUT: Final = 10.0


@frozen
class Notifier:
    """Tells by POST; nobody waits for it. :ivar outbox: sends a few at a time."""

    notifications: Notifications
    api_id: str
    web: HTTPClient
    outbox: Outbox
    clock: IReactorTime

    log = Logger()

    def tell(self, access: Access, code: str, old_refresh: str) -> None:
        """Tell of a token that was given for a code or a refresh token, or for neither."""
        if not self.notifications.oauth_on_keychange_url:
            return
        value = {
            "auth_code": code,
            "new_oauth_token": access.token,
            "refresh_token": access.refresh,
            "old_refresh_token": old_refresh,
            "notification_type": "refresh" if old_refresh else "new",
        }
        body = json.dumps(value, separators=(",", ":")).encode()
        self._put(body, 1)

    def _put(self, body: bytes, attempt: int) -> None:
        self.outbox.put(lambda: Deferred.fromCoroutine(self._send(body, attempt)))

    async def _send(self, body: bytes, attempt: int) -> None:
        problem = await self._ask(body)
        if problem:
            # What was to be told is secret, and so is the answer perhaps.
            self.log.error(
                "the owner of API {api} could not be told of a new token "
                "(attempt {attempt} of {attempts}): {problem}",
                api=self.api_id, attempt=attempt, attempts=ATTEMPTS, problem=problem,
            )  # fmt: skip
            if attempt < ATTEMPTS:
                self.clock.callLater(PAUSE, self._put, body, attempt + 1)

    async def _ask(self, body: bytes) -> str:
        """What went wrong, ``""`` when nothing did."""
        fields = Headers(
            {
                "User-Agent": ["Tyk-Gatewy-Notifications"],  # so spelled by Tyk
                "Content-Type": ["application/json"],
                "X-Tyk-Shared-Secret": [self.notifications.shared_secret],
            }
        )
        url = self.notifications.oauth_on_keychange_url
        try:
            asking = self.web.post(url, headers=fields, data=body, allow_redirects=False)
            response = await asking.addTimeout(TIMEOUT, self.clock)
            await treq.collect(response, _forget).addTimeout(TIMEOUT, self.clock)
        except Exception as error:
            return type(error).__name__
        return "" if response.code == 200 else f"status {response.code}"


def _forget(data: bytes) -> None:
    """What the owner answers is nobody's."""
