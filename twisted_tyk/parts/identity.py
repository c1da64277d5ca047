"""Who clients are and what they may do: keys, policies, passwords, key sets."""

from __future__ import annotations

from attrs import frozen

from twisted_tyk.jose.sets import KeySets
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.upstream import web
from twisted_tyk.parts.working import Working
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.organisations import Organisations
from twisted_tyk.session.password_check import Passwords
from twisted_tyk.session.policies import Policies
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.session.tokens import Tokens
from twisted_tyk.settings import Settings
from twisted_tyk.storage.make import Storage


@frozen
class Identity:
    """
    :ivar read_session: a session from its JSON.
    :ivar tokens: how keys are made and hashed.
    :ivar keys: the keys of clients.
    :ivar policies: what keys may name in place of limits and rights of their own.
    :ivar passwords: checks those of users.
    :ivar key_sets: keys of those whose tokens APIs believe.
    :ivar organisations: what limits all keys of an organisation together.
    """

    read_session: SessionReader
    tokens: Tokens
    keys: Keys
    policies: Policies
    passwords: Passwords
    key_sets: KeySets
    organisations: Organisations

    @classmethod
    def make(cls, given: Given, storage: Storage, working: Working) -> Identity:
        """Nothing is loaded or asked for yet."""
        settings, reactor = given.settings, given.reactor
        store, notifications, now = storage.store, storage.notifications, reactor.seconds
        read = SessionReader()
        tokens = _tokens(settings)
        policies = Policies(settings.policies, given.loaded.references, read.converter)
        return cls(
            read_session=read,
            tokens=tokens,
            keys=Keys(store, notifications, tokens, policies, read, now),
            policies=policies,
            passwords=Passwords(working.tasks.run, now),
            key_sets=KeySets(
                web(reactor, not settings.jwt_ssl_insecure_skip_verify),
                reactor,
                settings.jwks.cache.timeout,
                notifications,
            ),
            organisations=Organisations(store, notifications, tokens.hashed, read, now),
        )


def _tokens(settings: Settings) -> Tokens:
    return Tokens(
        settings.hash_keys,
        settings.hash_key_function,
        settings.hash_key_function_fallback,
        not settings.disable_key_actions_by_username,
        # Tyk's gateways use the same Redis. Of 32 bits one is soon guessed, so no other store
        # has such hashes.
        "murmur32" if settings.storage.type == "redis" else "sha256",
    )
