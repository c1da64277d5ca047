"""The kinds of findings. Scripts and editors go by their names, so a name stays."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen


@frozen
class Rule:
    """:ivar level: ``error`` or ``warning``, as most findings of the kind are.

    :ivar text: what is wrong, for people who never saw one.
    """

    name: str
    level: str
    text: str


def _table(*rows: tuple[str, str, str]) -> Mapping[str, Rule]:
    return MappingProxyType({name: Rule(name, level, text) for name, level, text in rows})


#: By their names, in the order of the manual.
RULES: Final = _table(
    # -- files --
    ("unreadable", "error", "A file or folder cannot be read, or is too large to be one of ours."),
    ("not-text", "error", "A file is not UTF-8, or has half of a character in it."),
    ("not-json", "error", "A file is not JSON."),
    ("too-deep", "error", "Objects and lists are nested more deeply than anything needs."),
    ("repeated-key", "error", "An object has a key twice, or under two of its names."),
    ("unknown-kind", "error", "A file is of no kind that the gateway reads."),
    # -- values --
    ("wrong-type", "error", "A value is of another JSON type than expected."),
    ("out-of-range", "error", "A number is smaller or larger than it may be."),
    ("unknown-value", "error", "A value is none of those that are known."),
    ("bad-value", "error", "A value is of the right type and makes no sense."),
    ("missing-value", "error", "Something that is needed is not there."),
    ("duplicate", "error", "Two files give the same id, or ask for the same place."),
    ("bad-reference", "error", "What env://, secrets:// or file:// refers to is not there."),
    ("unknown-key", "warning", "A key is not known; nothing is done with it."),
    (
        "unknown-variable",
        "warning",
        "A variable of the environment is not known; nothing is done with it.",
    ),
    ("not-acted-on", "warning", "A key is known to Tyk, and nothing is done with it here."),
    # -- what is asked for --
    ("not-enforced", "error", "A guard is asked for that this version does not have."),
    ("left-out", "warning", "Something is asked for that this version does not do."),
    ("weak", "warning", "A setting is weaker than it needs to be."),
    ("nobody-let-in", "warning", "As it is written, every request is turned away."),
    ("inactive", "warning", "A definition says that it is not active."),
    ("unknown-policy", "warning", "A policy is named that is in no file."),
    ("unknown-api", "warning", "An API is named that no definition describes."),
    # -- hooks --
    ("hook-incomplete", "error", "An entry has a name without a path, or a path without a name."),
    ("hook-file-missing", "error", "The file of a hook is not there."),
    ("hook-missing", "error", "There is no function or class of that name in the file."),
    ("hook-interface", "error", "A function or class does not take what its hook is called with."),
    ("hook-failed", "error", "Loading the file of a hook, or making the hook, raises an error."),
    ("hook-crashed", "error", "Loading the file of a hook ends its process, or never ends."),
    ("unknown-driver", "error", "There is no driver of that name."),
    ("plugin-refused", "error", "A native plugin cannot be loaded on this system."),
    # -- bundles and patches --
    ("bundle-refused", "error", "A bundle is not as its manifest says, or cannot be trusted."),
    ("bundle-missing", "warning", "A bundle is not on disk; it will have to be fetched."),
    ("patch-refused", "error", "A patch or its manifest is wrong, damaged or not to be trusted."),
    ("other-version", "warning", "A patch is for other versions of the gateway, so not in force."),
    ("unknown-step", "error", "A patch replaces a step that the gateway does not have."),
    # -- only when the gateway itself is made --
    ("not-loaded", "error", "The gateway could not use it, for the reason that is given."),
)
