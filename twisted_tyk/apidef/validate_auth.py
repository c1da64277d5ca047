"""What ways to authenticate must have to let in whom they should, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from twisted_tyk.apidef.auth import Signature
from twisted_tyk.apidef.expressions import expression
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile.problem import Path, quoted

#: Variables of Tyk's that have no meaning in the secret of a signature here.
_VARIABLE: Final = re.compile(r"\$(?:tyk_context|secret_\w+)\.")
_ALGORITHMS: Final = ("MasheryMD5", "MasherySHA256")


def problems(definition: ApiDefinition) -> Iterator[tuple[Path, str]]:
    """Give the place and a sentence for each thing that is wrong.

    Values are not shown where a reference may have put a secret in their place.
    """
    if not definition.use_keyless:
        yield from _token_signature(definition)
        yield from _basic_auth(definition)


def _token_signature(definition: ApiDefinition) -> Iterator[tuple[Path, str]]:
    member = "auth_configs" if "authToken" in definition.auth_configs else "auth"
    path: Path = (member, "authToken") if member == "auth_configs" else (member,)
    config = definition.auth_config("authToken")
    if config.validate_signature:
        for name, text in _bad_signature(config.signature):
            yield (*path, "signature", name), text


def _bad_signature(signature: Signature) -> Iterator[tuple[str, str]]:
    if signature.algorithm not in _ALGORITHMS:
        expected = " or ".join(quoted(name) for name in _ALGORITHMS)
        yield "algorithm", f"expected {expected}, found {quoted(signature.algorithm)}"
    if not signature.header and not signature.param_name:
        yield "header", "expected the name of the header with the signature, found none"
    if not signature.secret:
        yield "secret", "expected a secret, found none"
    elif _VARIABLE.search(signature.secret):
        yield "secret", "of Tyk's variables a secret can only have those of $tyk_meta"


def _basic_auth(definition: ApiDefinition) -> Iterator[tuple[Path, str]]:
    basic = definition.basic_auth
    if not definition.use_basic_auth or not basic.extract_from_body:
        return
    for name in ("body_user_regexp", "body_password_regexp"):
        pattern = getattr(basic, name)
        if not pattern:
            yield ("basic_auth", name), "expected a regular expression, found none"
        try:
            expression(pattern)
        except ValueError as error:
            yield ("basic_auth", name), str(error)
