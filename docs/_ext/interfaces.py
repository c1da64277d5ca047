"""``.. interface:: module.IName`` documents a zope interface from its source."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from zope.interface.interface import Method


class InterfaceDirective(SphinxDirective):
    """What providers have, in the order of the source."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module, _, name = self.arguments[0].rpartition(".")
        interface = getattr(importlib.import_module(module), name)
        self.env.note_dependency(inspect.getsourcefile(importlib.import_module(module)) or "")
        lines = [f".. py:class:: {name}", f"   :module: {module}", ""]
        lines += _indented(inspect.cleandoc(interface.__doc__ or ""))
        for member, item in interface.namesAndDescriptions():
            lines += _indented("\n".join(_member(member, item)))
        return self.parse_text_to_nodes(StringList(lines, source=module))


def _member(name: str, item: Any) -> Iterator[str]:
    if isinstance(item, Method):
        yield f".. py:method:: {name}{item.getSignatureString()}"
    else:
        yield f".. py:attribute:: {name}"
    yield ""
    yield from _indented(inspect.cleandoc(item.__doc__ or ""))


def _indented(text: str) -> list[str]:
    return [f"   {line}" if line else "" for line in text.splitlines()] + [""]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("interface", InterfaceDirective)
    return {"parallel_read_safe": True}
