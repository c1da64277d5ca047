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
from twisted_tyk.authenticate.identity import Making
from twisted_tyk.authenticate.token import Token
from twisted_tyk.interfaces import IRelay, IStep


@frozen
class Method:
    """:ivar wanted: whether a definition switches it on."""

    wanted: Callable[[ApiDefinition], bool]
    make: Callable[[Making], IStep]


#: All but hooks at ``auth_check`` and the plain key, which come after them.
METHODS: Final[tuple[Method, ...]] = (
    Method(lambda d: d.use_basic_auth, Basic.make),
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
