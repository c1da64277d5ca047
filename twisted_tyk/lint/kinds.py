"""What kind of file one is: told by what is in it, not by its name, as far as that goes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.archive import LIMITS, opened
from twisted_tyk.bundles.manifest import MANIFEST, BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.jsonfile.document import decode, read
from twisted_tyk.jsonfile.keys import fields_by_spelling, not_acted_on
from twisted_tyk.jsonfile.problem import ConfigError
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.session.policy import Policy
from twisted_tyk.settings import Settings

#: What ``--kind`` takes.
KINDS: Final = ("config", "definition", "policies", "bundle", "patch", "plugin", "hooks")

_ELF: Final = b"\x7fELF"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_BY_SUFFIX: Final = {".so": "plugin", ".py": "hooks", ".zip": "archive"}
#: What only a file of that kind has; the keys that kinds share tell nothing.
_CLASSES: Final = {
    "config": Settings,
    "definition": ApiDefinition,
    "policies": Policy,
    "bundle": BundleManifest,
    "patch": PatchManifest,
}


def kind_of(file: str) -> str:
    """One of :data:`KINDS`, or ``archive``, ``folder``, ``""`` for none that is known.

    What can not be read, and JSON with a fault in it, is of the kind that its name suggests;
    reading it says what is wrong.
    """
    try:
        status = os.stat(file)
        if stat.S_ISDIR(status.st_mode):
            return "folder"
        head = _head(file) if stat.S_ISREG(status.st_mode) else b""
    except (OSError, ValueError):
        return _by_name(file) or "definition"
    if head.startswith(_ELF):
        return "plugin"
    if head.startswith(_ZIP):
        return "archive"
    suffix = os.path.splitext(file)[1]
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    try:
        value = read(file).value
    except ConfigError as error:
        if error.problems[0].rule == "unreadable":
            return _by_name(file) or "definition"
        return _by_name(file)
    return kind_of_value(value)


def is_patch(file: str) -> bool:
    """Whether a manifest is that of a patch: this one, or the one of a folder or archive."""
    try:
        if os.path.isdir(file):
            file = os.path.join(file, MANIFEST)
        if os.path.basename(file) == MANIFEST:
            return kind_of_value(read(file).value) == "patch"
        with opened(Path(file), file, LIMITS) as archive:
            content = b"".join(archive.content(MANIFEST)) if MANIFEST in archive.files else b"{}"
        return kind_of_value(decode(content, file).value) == "patch"
    except (ConfigError, BundleError):
        return False  # whoever reads it says what is wrong


def kind_of_value(value: Any) -> str:
    """The kind of a JSON document; ``""`` when it is none of ours."""
    if not isinstance(value, dict):
        return ""
    if "openapi" in value or "swagger" in value:
        return "definition"
    likeness = {kind: _likeness(value, known) for kind, known in _CLASSES.items()}
    # A record of policies has only their ids at its top.
    inner = [item for item in value.values() if isinstance(item, dict)]
    if inner and len(inner) == len([key for key in value if key != "$schema"]):
        likeness["policies"] += sum(_likeness(item, Policy) for item in inner[:10])
    best = max(likeness, key=likeness.__getitem__)
    return best if likeness[best] else ""


def _likeness(value: Iterable[str], kind: type) -> int:
    """How many keys there are that this class knows, those it alone knows counted threefold."""
    keys = {key.lower() for key in value}
    others = {name for other in _CLASSES.values() if other is not kind for name in _known(other)}
    known = keys & _known(kind)
    return len(known) + 2 * len(known - others)


def _known(kind: type) -> frozenset[str]:
    names = {*fields_by_spelling(kind), *(name.lower() for name in not_acted_on(kind))}
    return frozenset(names)


def _by_name(file: str) -> str:
    name = os.path.basename(file)
    suffix = os.path.splitext(name)[1]
    if name == MANIFEST:
        return "bundle"
    if suffix == ".conf":
        return "config"
    return _BY_SUFFIX.get(suffix, "definition" if suffix == ".json" else "")


def _head(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read(len(_ELF))
