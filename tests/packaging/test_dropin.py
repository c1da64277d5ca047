"""The dropins are light, and no ``__init__.py`` stands beside or above them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent


PLUGINS = sorted((CHECKOUT / "twisted" / "plugins").glob("*.py"))

# What only describes a plugin; what it describes is imported when it is asked for.
LIGHT = {
    "from twisted.application.reactors import Reactor",
    "from twisted.application.service import ServiceMaker",
}


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.stem)
def test_a_dropin_imports_only_what_describes_it(plugin: Path) -> None:
    """Every ``twistd`` on the machine imports it, and fails if it does."""
    tree = ast.parse(plugin.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in imports} <= LIGHT


@pytest.mark.parametrize("folder", ["twisted", "twisted/plugins"])
def test_twisted_stays_whole(folder: str) -> None:
    """In ``twisted`` it would hide Twisted itself, in ``plugins`` our own dropins."""
    assert not (CHECKOUT / folder / "__init__.py").exists()
