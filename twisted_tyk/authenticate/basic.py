"""Names and passwords of users (``BasicAuthKeyIsValid``)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final, NoReturn

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.apidef.expressions import Expression, expression
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.message.body import BodyTooLong
from twisted_tyk.message.octets import as_text, octets
from twisted_tyk.session.password_check import Passwords
from twisted_tyk.session.state import SessionState

#: Bytes of a body that is looked at for a name and a password.
MAX_BODY: Final = 16 << 20
_MALFORMED: Final = "Attempted access with malformed header, "

Outcome = Deferred[Reply | None] | Reply | None
Names = tuple[str, str]


@frozen
class InBody:
    """Where a body has a name and a password."""

    name: Expression
    password: Expression

    def find(self, body: bytes) -> Names:
        """:raises Refusal: 400 when one of them is not there."""
        return self._one(self.name, "username", body), self._one(self.password, "password", body)

    def _one(self, pattern: Expression, what: str, body: bytes) -> str:
        found = pattern.search(body)
        if found is None:
            raise Refusal(400, f"Body do not contain {what}")
        if not pattern.groups:
            raise Refusal(400, f"{what} should be inside regexp match group")
        return as_text(found.group(1) or b"")


@implementer(IStep)
@frozen
class Basic:
    """Asks for a name and a password, in the header or else in the body.

    :ivar token_of: what a user may be stored under, by name.
    :ivar hold: seconds that a password which was right is.
    :ivar challenge: tells browsers to ask their user.
    """

    identity: Identity
    passwords: Passwords
    token_of: Callable[[str], list[str]]
    hold: float
    challenge: tuple[tuple[str, str], ...]
    in_body: InBody | None = None
    name: str = "BasicAuthKeyIsValid"

    @classmethod
    def make(cls, making: Making) -> Basic:
        """:raises ValueError: when what finds names in bodies is no regular expression."""
        definition, tokens = making.definition, making.shared.tokens
        config, org_id = definition.basic_auth, definition.org_id

        def token_of(name: str) -> list[str]:
            # A name alone does not stand for a key when bare ids do not.
            forms = [name] if tokens.by_name else [tokens.generate(org_id, name)]
            return forms + ([tokens.generate(org_id, name, "")] if tokens.function else [])

        in_body = None
        if config.extract_from_body:
            in_body = InBody(
                expression(config.body_user_regexp), expression(config.body_password_regexp)
            )
        return cls(
            making.identity("basic"),
            making.shared.passwords,
            token_of,
            0.0 if config.disable_caching else float(config.cache_ttl),
            (("WWW-Authenticate", f'Basic realm="{_quoted(definition.name)}"'),),
            in_body,
        )

    def process(self, exchange: Exchange) -> Outcome:
        """:raises Refusal: 400 or 401 without a name and a password, 401 with wrong ones."""
        try:
            found = self._in_header(exchange)
        except Refusal:
            if self.in_body is None:
                raise
            body: Any = exchange.body.gather(MAX_BODY)
            if isinstance(body, Deferred):
                body.addErrback(_no_body)
                return body.addCallback(self._in_body, exchange)
            return self._in_body(body, exchange)
        return self._look(None, exchange, self.token_of(found[0]), found[1])

    def _in_header(self, exchange: Exchange) -> Names:
        text = self.identity.presented(exchange)
        if not text:
            raise Refusal(401, "Authorization field missing", headers=self.challenge)
        words = text.split(" ")
        if len(words) != 2:
            raise Refusal(400, _MALFORMED + "header not in basic auth format")
        try:
            decoded = base64.b64decode(octets(words[1]), validate=True)
        except (ValueError, binascii.Error):
            raise Refusal(400, _MALFORMED + "auth data not encoded correctly") from None
        values = as_text(decoded).split(":")
        if len(values) != 2:
            raise Refusal(400, _MALFORMED + "values not in basic auth format")
        return values[0], values[1]

    def _in_body(self, body: bytes, exchange: Exchange) -> Outcome:
        assert self.in_body is not None
        name, password = self.in_body.find(body)
        return self._look(None, exchange, self.token_of(name), password)

    def _look(
        self, session: SessionState | None, exchange: Exchange, tokens: list[str], password: str
    ) -> Outcome:
        """Find the user, who may be stored under any of ``tokens``, and check the password."""
        if session is None and tokens:
            found: Any = self.identity.ask(tokens[0], self._look, exchange, tokens[1:], password)
            return found  # type: ignore[no-any-return]
        data = None if session is None else session.basic_auth_data
        # The address that the connection comes from: of others clients may say what they like.
        right: Any = self.passwords.check(data, password, exchange.peer, self.hold)
        if isinstance(right, Deferred):
            return right.addCallback(self._decide, session, exchange)
        return self._decide(right, session, exchange)

    def _decide(
        self, right: bool, session: SessionState | None, exchange: Exchange
    ) -> Reply | None:
        if not right or session is None:
            raise Refusal(401, "User not authorised", "AuthFailure", self.challenge)
        self.identity.recognise(exchange, session)
        return None


def _no_body(failure: Failure) -> NoReturn:
    if failure.check(BodyTooLong):
        raise Refusal(413, "Request Entity Too Large")
    failure.raiseException()


def _quoted(name: str) -> str:
    return "".join("\\" + each if each in '"\\' else each for each in name if each >= " ")
