"""Which of the two an API wants."""

from __future__ import annotations

from twisted_tyk.authenticate.identity import Making
from twisted_tyk.authenticate.jwt.central import JWT
from twisted_tyk.authenticate.jwt.own_keys import OwnKeyJWT


def make(making: Making) -> JWT | OwnKeyJWT:
    """With no key of its own, an API goes by those of its clients."""
    api = making.definition
    return JWT.make(making) if api.jwt_source or api.jwt_jwks_uris else OwnKeyJWT.make(making)
