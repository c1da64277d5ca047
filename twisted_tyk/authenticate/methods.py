"""Every way to authenticate, and which of them an API wants.

Those that are wanted must all be passed, in this order [gw/api_loader.go]. The plain key
is asked for when the definition says so, and also when nothing else would be: an API that
is not keyless is closed rather than open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.authenticate.basic import Basic
from twisted_tyk.authenticate.custom import Apart
from twisted_tyk.authenticate.external import ExternalOAuth
from twisted_tyk.authenticate.identity import Making
from twisted_tyk.authenticate.jwt.make import make as make_jwt
from twisted_tyk.authenticate.oauth import OAuth
from twisted_tyk.authenticate.openid import OpenID
from twisted_tyk.authenticate.signature import Signature
from twisted_tyk.authenticate.token import Token
from twisted_tyk.interfaces import IRelay, IStep


@frozen
class Method:
    """:ivar wanted: whether a definition switches it on."""

    wanted: Callable[[ApiDefinition], bool]
    make: Callable[[Making], IStep]


#: All but hooks at ``auth_check`` and the plain key, which come after them.
METHODS: Final[tuple[Method, ...]] = (
    Method(lambda d: d.use_oauth2, OAuth.make),
    Method(lambda d: d.external_oauth.enabled, ExternalOAuth.make),
    Method(lambda d: d.use_basic_auth, Basic.make),
    Method(lambda d: d.enable_signature_checking, Signature.make),
    Method(lambda d: d.enable_jwt, make_jwt),
    Method(lambda d: d.use_openid, OpenID.make),
)


def steps(making: Making, hooks: Sequence[IStep | IRelay]) -> list[IStep | IRelay]:
    """The steps of an API that is not keyless.

    :param hooks: those at ``auth_check``, if the definition wants them.
    """
    definition = making.definition
    made: list[IStep | IRelay] = [
        method.make(making) for method in METHODS if method.wanted(definition)
    ]
    made += hooks if making.counts("coprocess") else [Apart(hook) for hook in hooks]
    if definition.token_auth or not made:
        made.append(Token.make(making))
    return made
