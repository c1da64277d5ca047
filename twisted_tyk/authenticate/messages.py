"""What clients are told when they are not let in, by the ids of ``override_messages``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from twisted_tyk.errors import Refusal

if TYPE_CHECKING:
    from twisted_tyk.settings.sections import OverrideMessage

_DISALLOWED: Final = "Access to this API has been disallowed"

#: Tyk's own [gw/mw_auth_key.go, gw/mw_oauth2_key_exists.go].
DEFAULTS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "auth.auth_field_missing": (401, "Authorization field missing"),
        "auth.key_not_found": (403, _DISALLOWED),
        "auth.key_is_invalid": (403, _DISALLOWED),
        "auth.cert_not_found": (403, _DISALLOWED),
        "auth.cert_expired": (403, "Certificate has expired"),
        "auth.cert_required": (401, "Client certificate required"),
        "auth.cert_mismatch": (401, _DISALLOWED),
        "oauth.auth_field_missing": (400, "Authorization field missing"),
        "oauth.auth_field_malformed": (400, "Bearer token malformed"),
        "oauth.key_not_found": (403, "Key not authorised"),
        "oauth.client_deleted": (403, "Key not authorised. OAuth client access was revoked"),
    }
)


@frozen
class Messages:
    """:ivar by_id: status and message."""

    by_id: Mapping[str, tuple[int, str]] = field(default=DEFAULTS, repr=False)

    @classmethod
    def of(cls, overrides: Mapping[str, OverrideMessage]) -> Messages:
        """Tyk's own, with what tyk.conf says in their place; a zero value leaves them."""
        given = {
            name: (over.code or DEFAULTS[name][0], over.message or DEFAULTS[name][1])
            for name, over in overrides.items()
            if name in DEFAULTS
        }
        return cls(MappingProxyType({**DEFAULTS, **given}))

    def refusal(self, name: str, event: str | None = None) -> Refusal:
        """To be raised. :param name: such as ``auth.key_not_found``."""
        status, message = self.by_id[name]
        return Refusal(status, message, event)
