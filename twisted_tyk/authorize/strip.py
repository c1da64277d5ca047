"""The credential does not travel to the upstream (``StripAuth``)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.apidef.model import ApiDefinition, AuthConfig
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IStep


@implementer(IStep)
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
            frozenset(_bytes(name.lower()) for name in headers),
            frozenset(map(_bytes, cookies)),
            frozenset(map(_bytes, parameters)),
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
            query = exchange.url.raw_query.encode("utf-8", "surrogateescape")
            exchange.url.raw_query = self._query(query).decode("utf-8", "surrogateescape")
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
    """Where an API looks for credentials: ``auth_configs``, and the older ``auth``.

    That one counts for plain keys and JSON web tokens that ``auth_configs`` says nothing
    of, as it does where they are read.
    """
    configs = dict(definition.auth_configs)
    older = (definition.token_auth and "authToken" not in configs) or (
        definition.enable_jwt and "jwt" not in configs
    )
    return [*configs.values(), *([definition.auth] if older or not configs else [])]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
