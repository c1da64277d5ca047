"""Passwords of users as they are stored [gw/api.go setBasicAuthSessionPassword]."""

from __future__ import annotations

from typing import Final

import bcrypt

from twisted_tyk.message.octets import octets
from twisted_tyk.session.state import BasicAuthData
from twisted_tyk.session.tokens import FUNCTIONS

BCRYPT: Final = "bcrypt"
#: Tyk's cost.
_ROUNDS: Final = 10
#: What bcrypt looks at of a password, in bytes.
_LONGEST: Final = 72


def hash_password(password: str, function: str = BCRYPT) -> BasicAuthData:
    """Make of a password what is stored. It takes long, so call it in a thread.

    :param function: ``basic_auth_hash_key_function``; one that Tyk does not know is bcrypt.
    :raises ValueError: when bcrypt would not look at all of it.
    """
    text = octets(password)
    if function in FUNCTIONS:
        return BasicAuthData(FUNCTIONS[function](text), function)
    if len(text) > _LONGEST:
        raise ValueError(f"a password has at most {_LONGEST} bytes")
    if b"\0" in text:
        raise ValueError("a password has no null character")
    return BasicAuthData(bcrypt.hashpw(text, bcrypt.gensalt(_ROUNDS)).decode(), BCRYPT)
