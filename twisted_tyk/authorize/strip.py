"""The credential does not travel to the upstream (``StripAuth``)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.apidef.model import ApiDefinition, AuthConfig
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import ICheck
from twisted_tyk.message.octets import as_text, octets


@implementer(ICheck)
@frozen
class StripAuth:
    """Takes header, cookie and query parameter of every way to authenticate out of requests.

    What else the query and cookies hold stays as the client wrote it.
    """

    headers: frozenset[bytes]
    cookies: frozenset[bytes]
    parameters: frozenset[bytes]
    name: str = "StripAuth"

    @classmethod
    def of(cls, configs: Sequence[AuthConfig]) -> StripAuth:
        """:param configs: where credentials are looked for."""
        headers = [config.auth_header_name or "Authorization" for config in configs]
        cookies = [c.cookie_name or h for c, h in zip(configs, headers, strict=True)]
        parameters = [
            c.param_name or h for c, h in zip(configs, headers, strict=True) if c.use_param
        ]
        return cls(
            frozenset(octets(name.lower()) for name in headers),
            frozenset(map(octets, cookies)),
            frozenset(map(octets, parameters)),
        )

    def process(self, exchange: Exchange) -> None:
        """Always lets the request go on."""
        fields = exchange.headers
        for name in self.headers:
            fields.discard(name)
        for index, (name, value) in enumerate(fields.raw):
            if name.lower() == b"cookie":
                fields.raw[index] = (name, self._cookies(value))
        fields.raw[:] = [pair for pair in fields.raw if pair[1] or pair[0].lower() != b"cookie"]
        if not self.parameters:
            return
        if exchange.url is not None:
            query = octets(exchange.url.raw_query)
            exchange.url.raw_query = as_text(self._query(query))
        else:
            path, mark, query = exchange.target.partition(b"?")
            kept = self._query(query)
            exchange.target = path + mark + kept if kept else path

    def _cookies(self, line: bytes) -> bytes:
        parts = line.split(b";")
        kept = [part for part in parts if part.partition(b"=")[0].strip() not in self.cookies]
        return line if len(kept) == len(parts) else b";".join(kept).strip()

    def _query(self, query: bytes) -> bytes:
        def name(pair: bytes) -> bytes:
            return unquote_to_bytes(pair.partition(b"=")[0].replace(b"+", b" "))

        return b"&".join(pair for pair in query.split(b"&") if name(pair) not in self.parameters)


def sources(definition: ApiDefinition) -> list[AuthConfig]:
    """Where an API looks for credentials: for each way to authenticate that is on, and
    whatever else ``auth_configs`` names. With none of either it is the older ``auth``.
    """
    on = {
        "authToken": definition.token_auth,
        "basic": definition.use_basic_auth,
        "externalOAuth": definition.external_oauth.enabled,
        "hmac": definition.enable_signature_checking,
        "jwt": definition.enable_jwt,
        "oauth": definition.use_oauth2,
        "oidc": definition.use_openid,
    }
    wanted = [definition.auth_config(member) for member, is_on in on.items() if is_on]
    others = [config for member, config in definition.auth_configs.items() if not on.get(member)]
    return [*wanted, *others] or [definition.auth]
