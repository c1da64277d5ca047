"""Which function of a library an entry means."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from twisted_tyk.native.manifest import Function, Manifest
from twisted_tyk.plugins.driver import LoadError

_GO: Final = {
    "request": "func {name}(rw http.ResponseWriter, r *http.Request)",
    "response": "func {name}(rw http.ResponseWriter, res *http.Response, req *http.Request)",
    "analytics": "func {name}(record *analytics.AnalyticsRecord)",
}
_RUST: Final = {
    "request": "fn {name}(reply: &mut Reply, request: &mut Request)",
    "response": "fn {name}(reply: &mut Reply, response: &mut Response, request: &mut Request)",
    "analytics": "fn {name}(record: &mut Record)",
}
_SHOWN: Final = 8


def function_of(manifest: Manifest, name: str, kind: str, shown: str) -> Function:
    """The function of this name.

    :param kind: what is asked for: one of :data:`~twisted_tyk.native.manifest.KINDS`.
    :param shown: what messages call the library.
    :raises LoadError: when there is none, or it is of another kind.
    """
    function = known(manifest, name, shown)
    if function.kind != kind:
        raise LoadError(
            f"{shown}: {name} is {_article(function.kind)} function, expected "
            f"{_article(kind)} function, which is {_expected(manifest.language, name, kind)}",
            "hook-interface",
        )
    return function


def known(manifest: Manifest, name: str, shown: str) -> Function:
    """The function of this name, whatever its kind. :raises LoadError: when there is none."""
    function = manifest.functions.get(name)
    if function is None:
        near, told = _nearest(manifest, name)
        raise LoadError(f"{shown}: there is no function {name!r} in it{told}", "hook-missing", near)
    return function


def signature(language: str, name: str, kind: str) -> str:
    """How a function of this kind is declared in the language of the plugin."""
    if language == "go":
        return _GO[kind].format(name=name)
    if language == "rust":
        return _RUST[kind].format(name=name)
    if language in ("c", "c++"):
        return f"int32_t {name}(tyk_call *call)"
    return name


def _expected(language: str, name: str, kind: str) -> str:
    """The same for somebody who has to write it, with what else says of which kind it is."""
    declared = signature(language, name, kind)
    if language == "go":
        return declared
    if language in ("c", "c++"):
        return f"{declared}, in TYK_PLUGIN as ({name}, {kind}, any)"
    if language == "rust":
        return f"{declared}, in tyk_plugin::export! as {kind} fn {name}()"
    return f'{declared} with "kind": "{kind}" in the manifest'


def _nearest(manifest: Manifest, name: str) -> tuple[str, str]:
    """The name that may be meant, and the rest of the sentence."""
    names = list(manifest.functions)
    same = [other for other in names if other.lower() == name.lower()]
    near = same or get_close_matches(name, names, 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    told = f"{meant or ';'} there is {', '.join(names[:_SHOWN])}{more}"
    return (near[0] if near else ""), told


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
