"""The dropin is light, and no ``__init__.py`` stands beside or above it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def test_the_dropin_imports_only_what_names_the_service() -> None:
    tree = ast.parse((CHECKOUT / "twisted" / "plugins" / "tyk_plugin.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == [
        "from twisted.application.service import ServiceMaker"
    ]


@pytest.mark.parametrize("folder", ["twisted", "twisted/plugins"])
def test_twisted_stays_whole(folder: str) -> None:
    """In ``twisted`` it would hide Twisted itself, in ``plugins`` our own plugin."""
    assert not (CHECKOUT / folder / "__init__.py").exists()
