"""What a definition must say of the tokens that it believes, to be served at all."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.tokens import ExternalProvider, Introspection, JWTValidation
from twisted_tyk.jose.methods import method_named
from twisted_tyk.jose.source import http_url, read_source, seconds_of
from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import Path, Problem

#: Where it is, and a sentence.
Found = Iterator[tuple[Path, str]]


def unusable_tokens(document: Document, definition: ApiDefinition) -> Iterator[Problem]:
    """Give a problem for each thing that would keep all tokens out, or let wrong ones in.

    Values are not shown: they may be secrets.
    """
    if definition.use_keyless:
        return
    for path, text in (*_jwt(definition), *_openid(definition), *_external(definition)):
        yield document.problem(path, text, rule="bad-value")


def _jwt(definition: ApiDefinition) -> Found:
    if not definition.enable_jwt:
        return
    yield from _key(
        (), "jwt_signing_method", "jwt_source",
        definition.jwt_signing_method, definition.jwt_source,
    )  # fmt: skip
    # Without either, the keys of clients hold what their tokens are verified with.
    for index, each in enumerate(definition.jwt_jwks_uris):
        yield from _checked(("jwt_jwks_uris", index, "url"), http_url, each.url)
        yield from _checked(
            ("jwt_jwks_uris", index, "cache_timeout"), seconds_of, each.cache_timeout
        )


def _key(at: Path, method_key: str, source_key: str, method: str, source: str) -> Found:
    wrong = list(_checked((*at, method_key), method_named, method))
    yield from wrong
    if source and not wrong:
        yield from _checked(
            (*at, source_key), lambda text: read_source(text, method_named(method)), source
        )


def _checked(path: Path, read: Callable[[str], object], value: str) -> Found:
    try:
        read(value)
    except ValueError as error:
        yield path, str(error)


def _openid(definition: ApiDefinition) -> Found:
    if not definition.use_openid:
        return
    providers = definition.openid_options.providers
    if not providers:
        yield ("openid_options", "providers"), "nobody could log in: there is no provider"
    for index, provider in enumerate(providers):
        at = ("openid_options", "providers", index)
        # As in Tyk, where Google's name may stand for its URL.
        url = provider.issuer if "://" in provider.issuer else f"https://{provider.issuer}"
        yield from _checked((*at, "issuer"), http_url, url)
        if not provider.client_ids:
            yield (*at, "client_ids"), "nobody could log in: there is no client"
        for client in provider.client_ids:
            try:
                base64.b64decode(client, validate=True).decode()
            except (binascii.Error, ValueError):
                yield (*at, "client_ids", client), "expected the base64 of a client's id"


def _external(definition: ApiDefinition) -> Found:
    if not definition.external_oauth.enabled:
        return
    at = ("external_oauth", "providers")
    if not definition.external_oauth.providers:
        yield at, "expected a provider, found none"
        return
    yield from _provider((*at, 0), definition.external_oauth.providers[0])


def _provider(at: Path, provider: ExternalProvider) -> Found:
    if provider.jwt.enabled:
        yield from _external_jwt((*at, "jwt"), provider.jwt)
    elif provider.introspection.enabled:
        yield from _introspection((*at, "introspection"), provider.introspection)
    else:
        yield at, "neither jwt nor introspection is enabled"


def _external_jwt(at: Path, jwt: JWTValidation) -> Found:
    yield from _key(at, "signing_method", "source", jwt.signing_method, jwt.source)
    if not jwt.source:
        yield (*at, "source"), "expected a key, or the URL of a key set"


def _introspection(at: Path, introspection: Introspection) -> Found:
    yield from _checked((*at, "url"), http_url, introspection.url)
