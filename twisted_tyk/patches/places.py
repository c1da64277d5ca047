"""Which step a patch replaces, and in which versions of the gateway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from packaging.version import Version

from twisted_tyk.jsonfile import Document, Problem
from twisted_tyk.jsonfile.problem import quoted
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.patches.manifest import PatchManifest

#: The step that asks the upstream, and what patches may call it.
PROXY: Final = "ReverseProxy"
#: The hooks on the way back.
RESPONSE: Final = "response"
_ALIAS: Final = "proxy"


def place_of(manifest: PatchManifest) -> str:
    """The name in the ordered table of what is replaced."""
    return PROXY if manifest.replaces == _ALIAS else manifest.replaces


def misplaced(
    document: Document, manifest: PatchManifest, places: Sequence[str]
) -> Iterator[Problem]:
    """Give a problem when no step has the name that a patch says it replaces.

    :param places: the names of the ordered table.
    """
    if not manifest.replaces or place_of(manifest) in places:
        return  # that there is none is said with the other keys that are missing
    known = [*places, _ALIAS]
    near = nearest(manifest.replaces, known)
    text = f"no step is called {quoted(manifest.replaces)}"
    text += f", did you mean {quoted(near)}?" if near else f"; they are {', '.join(known)}"
    yield document.problem(("replaces",), text, suggestion=near, rule="unknown-step")


def conflict(file: str, one: PatchManifest, other_file: str, other: PatchManifest) -> str:
    """Why two patches can not both be in force; empty when they can.

    :param file: what the first is called; likewise ``other_file``.
    """
    if one.name == other.name:
        return f"{file} and {other_file} are both called {one.name}"
    place, apis, others = place_of(one), set(one.apis), set(other.apis)
    shared = apis & others
    if place != place_of(other) or (apis and others and not shared):
        return ""
    where = f" of API {', '.join(sorted(shared))}" if shared else ""
    return f"{file} and {other_file} both replace {place}{where}"


def is_for(manifest: PatchManifest, version: str) -> bool:
    """Whether a patch is for a version of the gateway.

    One that is in development counts as the release that it leads to.
    """
    return manifest.versions.contains(Version(version).base_version)
