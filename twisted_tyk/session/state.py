"""A key's session, field by field as Tyk stores it (``user/session.go``)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

import attrs
from attrs import define, field

from twisted_tyk.session.rights import AccessDefinition, Smoothing

_NOT_JSON: Final[Mapping[str, Any]] = {"json": None, "no_key": True}


@define
class BasicAuthData:
    """:ivar hash_type: ``""`` (plain), ``bcrypt``, ``sha256``, ``murmur32``/``64``/``128``."""

    password: str = field(default="", repr=False)
    hash_type: str = ""


@define
class JWTData:
    secret: str = field(default="", repr=False)


@define
class Monitor:
    """:ivar trigger_limits: percentages of the quota at which an event is fired."""

    trigger_limits: list[float] = field(factory=list)


@define
class SessionState:
    """Who a client is, what it may do and how often.

    Python names are the JSON names. Times are Unix seconds, spans are seconds.

    :ivar rate: requests in :attr:`per` seconds; 0 or -1 is no limit.
    :ivar expires: when the key ends; 0 or -1 is never.
    :ivar quota_max: requests until :attr:`quota_renews`; -1 is no limit.
    :ivar access_rights: by API id; empty means every API.
    :ivar apply_policies: ids of the policies that fill in limits and rights.
    :ivar meta_data: free values for hooks and variables.
    :ivar key_id: the key itself. It is not part of the JSON, nor are the next two.
    :ivar key_hash: what stands for the key in the store: its hash, or itself.
    :ivar derived: what steps have worked out of this session, to find it again at its
        next request; each step has names of its own. It is empty in a copy.
    """

    last_check: int = 0
    allowance: float = 0.0
    rate: float = 0.0
    per: float = 0.0
    throttle_interval: float = 0.0
    throttle_retry_limit: int = 0
    max_query_depth: int = 0
    date_created: str = ""
    expires: int = 0
    quota_max: int = 0
    quota_renews: int = 0
    quota_remaining: int = 0
    quota_renewal_rate: int = 0
    access_rights: dict[str, AccessDefinition] = field(factory=dict)
    org_id: str = ""
    oauth_client_id: str = ""
    oauth_keys: dict[str, str] = field(factory=dict, repr=False)
    certificate: str = ""
    mtls_static_certificate_bindings: list[str] = field(factory=list)
    basic_auth_data: BasicAuthData = field(factory=BasicAuthData)
    jwt_data: JWTData = field(factory=JWTData)
    hmac_enabled: bool = False
    enable_http_signature_validation: bool = False
    hmac_string: str = field(default="", repr=False)
    rsa_certificate_id: str = ""
    is_inactive: bool = False
    apply_policy_id: str = ""
    apply_policies: list[str] = field(factory=list)
    data_expires: int = 0
    monitor: Monitor = field(factory=Monitor)
    enable_detail_recording: bool = False
    enable_detailed_recording: bool = False
    meta_data: dict[str, Any] = field(factory=dict)
    tags: list[str] = field(factory=list)
    alias: str = ""
    last_updated: str = ""
    id_extractor_deadline: int = 0
    session_lifetime: int = 0
    post_expiry_action: str = ""
    post_expiry_grace_period: int = 0
    smoothing: Smoothing | None = None
    key_id: str = field(default="", repr=False, metadata=_NOT_JSON)
    key_hash: str = field(default="", repr=False, metadata=_NOT_JSON)
    derived: dict[str, Any] = field(factory=dict, repr=False, eq=False, metadata=_NOT_JSON)

    def to_json(self) -> dict[str, Any]:
        """The session as Tyk writes it: empty values are left out."""
        value = _to_json(self)
        assert isinstance(value, dict)
        return value

    def copy(self) -> SessionState:
        """One that can be changed without changing this one."""
        twin = attrs.evolve(self, derived={})
        for name in _NESTED:
            setattr(twin, name, deepcopy(getattr(self, name)))
        return twin


#: Fields whose values can be changed in place.
_NESTED: Final = tuple(
    attribute.name
    for attribute in attrs.fields(SessionState)
    if attribute.name != "derived" and str(attribute.type) not in ("str", "int", "float", "bool")
)


#: From here on Go writes numbers with an exponent, and not every integer is a float.
_WHOLE: Final = 2.0**53


def _to_json(value: Any) -> Any:
    if attrs.has(type(value)):
        pairs = (
            (attribute.name, _to_json(getattr(value, attribute.name)))
            for attribute in attrs.fields(type(value))
            if attribute.metadata.get("json", "") is not None
        )
        return {name: item for name, item in pairs if item not in (None, "", 0, False, [], {})}
    if isinstance(value, dict):
        return {key: _to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    if isinstance(value, float) and abs(value) < _WHOLE and value.is_integer():
        return int(value)  # as Go writes it
    return value
