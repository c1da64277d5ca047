"""The key is good for this path (``GranularAccessMiddleware``).

The patterns come from keys and policies. One that is no regular expression matches nothing,
so that the key is refused there.
"""

from __future__ import annotations

from typing import cast

from attrs import frozen
from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.apidef.patterns import PathPattern, searched
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import ICheck
from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState

#: Patterns of one key on one API, with the methods that they are for.
_Allowed = tuple[tuple[frozenset[str], PathPattern], ...]


@implementer(ICheck)
@frozen
class Granular:
    """
    :ivar api_id: whose rights count.
    :ivar prefix: ``enable_path_prefix_matching``: a pattern is held against the beginning
        of the path, with and without the listen path; else it is searched for in the path
        with the listen path.
    :ivar suffix: ``enable_path_suffix_matching``: and against its end.
    """

    api_id: str
    prefix: bool = False
    suffix: bool = False
    name: str = "GranularAccessMiddleware"

    log = Logger()

    def process(self, exchange: Exchange) -> None:
        """:raises Refusal: 403 when the key names URLs of this API, and not this one."""
        session = exchange.session
        if session is None:
            return
        access = session.access_rights.get(self.api_id)
        if access is None or not access.allowed_urls:
            return
        allowed = self._allowed(session, access)
        method = exchange.method.decode("ascii", "replace")
        listen_path = exchange.listen_path if self.prefix else b""
        spellings = searched(exchange.path_and_query(), listen_path)
        for methods, pattern in allowed:
            if method in methods and pattern.matches(spellings):
                return
        raise Refusal(403, "Access to this resource has been disallowed")

    def _allowed(self, session: SessionState, access: AccessDefinition) -> _Allowed:
        name = f"granular {self.api_id}"
        allowed = session.derived.get(name)
        if allowed is None:
            allowed = session.derived[name] = self._compile(access)
        return cast("_Allowed", allowed)

    def _compile(self, access: AccessDefinition) -> _Allowed:
        compiled = []
        for entry in access.allowed_urls:
            try:
                pattern = PathPattern.compile(entry.url, prefix=self.prefix, suffix=self.suffix)
            except ValueError as error:
                self.log.error(
                    "API {api}: an allowed URL of a key lets nothing pass: {error}",
                    api=self.api_id, error=error,
                )  # fmt: skip
            else:
                compiled.append((frozenset(entry.methods), pattern))
        return tuple(compiled)
