"""The names of rules: in the source, in the table and in the manual."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

from twisted_tyk.lint.finding import OTHER
from twisted_tyk.lint.rules import RULES
from twisted_tyk.plugins.driver import LoadError

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = re.compile(r"[a-z]+(-[a-z]+)+|weak|inactive|duplicate|unreadable")
TAKE_ONE = ("LoadError", "Mismatch", "refusal")


def used() -> Iterator[str]:
    """What is given as ``rule``, and to the classes that take one as their second argument."""
    for file in (ROOT / "twisted_tyk").rglob("*.py"):
        if file.name == "rules.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "rule":
                yield from words(node.value)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in TAKE_ONE:
                for argument in node.args[1:]:
                    yield from words(argument)
    # Defaults, and what is made of the kind of thing that is not known.
    yield from ("repeated-key", "patch-refused", "unknown-policy", "unknown-api")
    yield from (OTHER, *signature(LoadError).parameters["rule"].default.split())


def words(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        value = getattr(inner, "value", None)
        if isinstance(inner, ast.Constant) and isinstance(value, str) and NAME.fullmatch(value):
            yield value


def test_every_rule_that_is_used_is_in_the_table_and_none_else() -> None:
    assert set(used()) == set(RULES)


def test_the_table_of_the_manual_is_that_of_the_command() -> None:
    page = (ROOT / "docs" / "checking.rst").read_text()
    rows = re.findall(r"^   \* - ``([a-z-]+)``\n     - (\w+)\n     - (.+)$", page, re.MULTILINE)
    assert rows == [(rule.name, rule.level, rule.text) for rule in RULES.values()]
