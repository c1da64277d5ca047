"""What a plugin says of itself: the JSON of its section ``.tyk_manifest``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

#: What is served by calling it: a request, a response on its way back, a record.
KINDS: Final = ("request", "response", "analytics")
#: What a function may ask to be sent.
NEEDS: Final = ("body", "session", "definition", "context", "tls")
#: Where a function is run: in the reactor thread, in a thread of ours, in a process of its own.
MODES: Final = ("inline", "pool", "process")


class ManifestError(ValueError):
    """A manifest that is none; the text says what was found and what was expected."""


@frozen
class Function:
    """One function that an entry of a definition can name.

    :ivar number: its place in the manifest, by which it is called.
    :ivar kind: one of :data:`KINDS`.
    :ivar needs: some of :data:`NEEDS`.
    :ivar mode: one of :data:`MODES`, or ``""`` for what the language's default is.
    """

    name: str
    number: int
    kind: str = "request"
    needs: frozenset[str] = frozenset()
    mode: str = ""


@frozen
class Manifest:
    """:ivar abi: major and minor version of the interface it was built with.

    :ivar language: such as ``c``, ``go``, ``rust``.
    :ivar functions: by name.
    :ivar text: the JSON as it was found.
    """

    abi: tuple[int, int]
    language: str
    toolchain: str
    sdk: str
    name: str
    version: str
    functions: Mapping[str, Function] = field(repr=False)
    text: str = field(repr=False, eq=False)

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """:raises ManifestError: when it is not a manifest of a version this gateway can read."""
        try:
            value = json.loads(text)
        except ValueError as error:
            raise ManifestError(f"its manifest is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise ManifestError(f"its manifest is a {type(value).__name__}, not an object")
        major, dot, minor = _text(value, "abi").partition(".")
        if not (dot and major.isdecimal() and minor.isdecimal()):
            raise ManifestError(f"abi: found {value.get('abi')!r}, expected major.minor")
        items = value.get("functions")
        if not isinstance(items, list) or not items:
            raise ManifestError("functions: expected a list with at least one function")
        functions = [_function(number, item) for number, item in enumerate(items)]
        by_name = {function.name: function for function in functions}
        if len(by_name) != len(functions):
            raise ManifestError("functions: two of them have the same name")
        return cls(
            abi=(int(major), int(minor)),
            language=_text(value, "language"),
            toolchain=_text(value, "toolchain"),
            sdk=_text(value, "sdk"),
            name=_text(value, "name"),
            version=_text(value, "version"),
            functions=by_name,
            text=text,
        )


def _function(number: int, item: Any) -> Function:
    where = f"functions[{number}]"
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"]:
        raise ManifestError(f"{where}: expected an object with a name")
    kind = item.get("kind", "request")
    if kind not in KINDS:
        raise ManifestError(f"{where}.kind: found {kind!r}, expected one of {', '.join(KINDS)}")
    needs = item.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
        raise ManifestError(f"{where}.needs: expected a list of strings")
    unknown = sorted(set(needs) - set(NEEDS))
    if unknown:
        raise ManifestError(
            f"{where}.needs: found {unknown[0]!r}, expected some of {', '.join(NEEDS)}"
        )
    mode = item.get("mode", "")
    if mode not in ("", *MODES):
        raise ManifestError(f"{where}.mode: found {mode!r}, expected one of {', '.join(MODES)}")
    return Function(item["name"], number, kind, frozenset(needs), mode)


def _text(value: dict[str, Any], key: str) -> str:
    text = value.get(key, "")
    if not isinstance(text, str):
        raise ManifestError(f"{key}: found {text!r}, expected a string")
    return text
