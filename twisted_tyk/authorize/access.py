"""The key is good for this API, and for this version of it (``AccessRightsCheck``)."""

from __future__ import annotations

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.apidef.versions import VersionData
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import ICheck


@implementer(ICheck)
@frozen
class Access:
    """A session without any rights may use every API, as in Tyk.

    Such a key can only be made where ``allow_master_keys`` is on.

    :ivar version: name of the version that serves the requests; ``None`` for an API that
        is not versioned, where the names in a session do not count.
    """

    version: str | None = None
    name: str = "AccessRightsCheck"

    def process(self, exchange: Exchange) -> None:
        """:raises Refusal: 403 when the session has rights, but none for this."""
        session = exchange.session
        if session is None or not session.access_rights:
            return
        access = session.access_rights.get(exchange.api.api_id)
        if access is None or (self.version is not None and self.version not in access.versions):
            raise Refusal(403, "Access to this API has been disallowed")


def version_name(versions: VersionData) -> str | None:
    """What sessions must name to use the version that serves all requests, if anything."""
    if versions.not_versioned:
        return None
    return versions.default_version or next(iter(versions.versions), "")
