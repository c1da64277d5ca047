"""The kinds of files that people write, and the schema of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from twisted_tyk._version import __version__
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.jsonfile.keys import SCHEMA
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.schema.make import Maker
from twisted_tyk.schema.members import Json
from twisted_tyk.schema.support import notes
from twisted_tyk.session.policy import Policy
from twisted_tyk.settings.model import Settings

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_OWN: Final = {
    "description": "Where editors find the schema of this file; the gateway takes no notice.",
    "format": "uri-reference",
}


@frozen
class File:
    """:ivar kind: the class that is read from it. :ivar title: what it is, in a few words.

    :ivar by_id: it holds any number of them, by their ids.
    """

    kind: type
    title: str
    by_id: bool = False


FILES: Final[Mapping[str, File]] = {
    "bundle": File(BundleManifest, "a bundle of hooks: its manifest.json"),
    "config": File(Settings, "the gateway: tyk.conf"),
    "definition": File(ApiDefinition, "an API: a *.json in app_path"),
    "patch": File(PatchManifest, "a patch: its manifest.json"),
    "policies": File(Policy, "policies by their ids: policies.policy_record_name", by_id=True),
    "policy": File(Policy, "a policy: a *.json in policies.policy_path"),
}


def schema(name: str, strict: bool = False) -> Json:
    """The schema of a kind of files (draft 2020-12).

    :param name: one of :data:`FILES`.
    :param strict: keys that nobody knows are not valid; else they are let through, as the
        gateway does with a warning.
    """
    file = FILES[name]
    maker = Maker(strict, dict(notes()))
    top: Any
    if file.by_id:
        item = maker.of(file.kind)
        top = {"properties": {}, "additionalProperties": item}
    else:
        top = maker.members(file.kind, "#")
    top["properties"] = {SCHEMA: _OWN, **top["properties"]}
    return {
        SCHEMA: _DRAFT,
        "$comment": f"Made by twisted_tyk {__version__}: tyk schema {name}",
        "title": file.title,
        "type": "object",
        **top,
        **({"$defs": dict(sorted(maker.defs.items()))} if maker.defs else {}),
    }
