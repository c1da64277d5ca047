"""Tables of JSON keys, from the classes that read them.

``.. settings::`` shows every key of tyk.conf that acts, ``.. definition-keys::``
the keys of a definition that its content names, and ``.. not-supported::``
what a definition asks for in vain; its argument is ``refused`` or ``left-out``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from inspect import getsource
from typing import Any

import attrs
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.support import NOT_SUPPORTED
from twisted_tyk.jsonfile.keys import env_name, fields_by_key, not_acted_on
from twisted_tyk.settings.model import Settings
from twisted_tyk.settings.support import LEFT_OUT, REFUSED

_SECTION = re.compile(r"^    # -- (.+) --$|^    (\w+): ", re.MULTILINE)


def rows(kind: type, prefix: str = "") -> Iterator[tuple[str, attrs.Attribute[Any], str]]:
    """Every key with its field and its comment; objects are opened."""
    comments = ModuleAnalyzer.for_module(kind.__module__).find_attr_docs()
    for key, field in fields_by_key(kind).items():
        if key in not_acted_on(kind):
            continue
        if field.type is not None and attrs.has(field.type):
            yield from rows(field.type, f"{prefix}{key}.")
        else:
            yield prefix + key, field, " ".join(comments.get((kind.__name__, field.name), []))


def sections(kind: type) -> dict[str, str]:
    """The heading, in the source, that each field stands under."""
    found: dict[str, str] = {}
    heading = ""
    for match in _SECTION.finditer(getsource(kind)):
        if match[1]:
            heading = match[1]
        elif heading:
            found[match[2]] = heading
    return found


def tables(items: Iterable[tuple[str, attrs.Attribute[Any], str]]) -> Iterator[str]:
    """One table, and another for each object inside."""
    groups: dict[str, list[tuple[str, attrs.Attribute[Any], str]]] = {}
    for key, field, comment in items:
        prefix, _, name = key.rpartition(".")
        groups.setdefault(prefix, []).append((name, field, comment))
    for prefix, group in groups.items():
        yield from table(f" In ``{prefix}``" if prefix else "", group)


def table(title: str, items: Iterable[tuple[str, attrs.Attribute[Any], str]]) -> list[str]:
    lines = [f".. list-table::{title}", "   :class: keys", "   :header-rows: 1", ""]
    lines += ["   * - Key", "     - Default", "     - Meaning"]
    for key, field, comment in items:
        variable = field.metadata["env"]
        if variable and variable != env_name(key):
            comment += f" Its variable ends in ``{variable}``."
        lines += [f"   * - ``{key}``", f"     - {_default(field)}", f"     - {comment}"]
    return [*lines, ""]


def _default(field: attrs.Attribute[Any]) -> str:
    default = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return "``{}``"
    if isinstance(default, tuple):
        return "``[]``"
    if default is None or default == "":
        return ""
    if isinstance(default, bool):
        return f"``{str(default).lower()}``"
    return (
        f"``{default:g}``"
        if isinstance(default, (int, float)) and default < 1e6
        else f"``{default}``"
    )


class Generated(SphinxDirective):
    """A directive that writes reStructuredText."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes(StringList(list(self.lines()), source="generated"))

    def lines(self) -> Iterable[str]:
        raise NotImplementedError


class SettingsDirective(Generated):
    def lines(self) -> Iterator[str]:
        idle = (*REFUSED, *LEFT_OUT)
        headings = sections(Settings)
        by_heading: dict[str, list[Any]] = {}
        for key, field, comment in rows(Settings):
            if not any(key == name or key.startswith(name + ".") for name in idle):
                by_heading.setdefault(headings[key.partition(".")[0]], []).append(
                    (key, field, comment)
                )
        for heading, items in by_heading.items():
            yield f".. rubric:: {heading[0].upper()}{heading[1:]}"
            yield ""
            yield from tables(items)


class IdleSettingsDirective(Generated):
    def lines(self) -> Iterator[str]:
        yield ", ".join(f"``{name}``" for name in LEFT_OUT)


class DefinitionKeysDirective(Generated):
    optional_arguments = 1

    def lines(self) -> Iterator[str]:
        kind: type = ApiDefinition
        if self.arguments:
            module, _, name = self.arguments[0].rpartition(".")
            kind = getattr(import_module(module), name)
        known = {key: (key, field, comment) for key, field, comment in rows(kind)}
        yield from tables(known[key.strip()] for key in self.content if key.strip())


class NotSupportedDirective(Generated):
    required_arguments = 1

    def lines(self) -> Iterator[str]:
        guards = {"refused": True, "left-out": False}[self.arguments[0]]
        names = [feature.name for feature in NOT_SUPPORTED if feature.guards == guards]
        yield ", ".join(f"``{name}``" for name in names)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("settings", SettingsDirective)
    app.add_directive("idle-settings", IdleSettingsDirective)
    app.add_directive("definition-keys", DefinitionKeysDirective)
    app.add_directive("not-supported", NotSupportedDirective)
    return {"parallel_read_safe": True}
