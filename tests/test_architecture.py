"""The tree keeps its shape: imports run one way, and no module keeps state.

Read from the source with ``ast``, so nothing needs to be importable.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "twisted_tyk"

# The path of a request, in its order.
VERBS = (
    "listen",
    "route",
    "admit",
    "authenticate",
    "authorize",
    "transform",
    "answer",
    "proxy",
    "respond",
    "record",
)

# The composition root makes every part, so it may import every part; what starts it may too.
ROOTS = {"cli", "service", "tap", "testing"}

# Who else may import from a stage, and why.
EXCEPTIONS = {
    ("reload", "route"),  # it builds the routing table
}

MUTABLE_CALLS = {
    "list",
    "dict",
    "set",
    "bytearray",
    "deque",
    "defaultdict",
    "OrderedDict",
    "Counter",
    "ChainMap",
    "WeakKeyDictionary",
    "WeakValueDictionary",
    "WeakSet",
}

MUTABLE_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def module_name(path: Path) -> str:
    """``chain.order`` for ``twisted_tyk/chain/order.py``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names under ``twisted_tyk`` that these nodes import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("twisted_tyk."):
                yield name.removeprefix("twisted_tyk.")


def type_checking(tree: ast.Module) -> Iterator[ast.AST]:
    """What stands under ``if TYPE_CHECKING`` at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from ast.walk(node)


def wrong_imports(module: str, tree: ast.Module) -> list[str]:
    """What ``module`` imports against the rule, as sentences."""
    package = module.partition(".")[0]
    if package in ROOTS:
        return []
    wrong = []
    only_types = set(imported(type_checking(tree)))
    for name in imported(ast.walk(tree)):
        target = name.partition(".")[0]
        if target == "service":
            wrong.append(f"{module} imports {name}: only what starts a gateway may")
        elif target in VERBS and target != package:
            if package in VERBS:
                wrong.append(f"{module} imports {name}: one verb knows nothing of another")
            elif name in only_types or (module, target) in EXCEPTIONS:
                continue  # a contract may name what it is about
            elif target == "listen":
                wrong.append(f"{module} imports {name}: only service may")
            elif module != "chain.order":
                wrong.append(f"{module} imports {name}: only chain.order joins the steps")
    return wrong


def mutable_names(tree: ast.Module) -> list[str]:
    """Module-level names that hold something mutable without the look of a constant."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        if is_mutable(value):
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            found += [name for name in names if not is_constant(name)]
    found += [f"global {name}" for node in ast.walk(tree) for name in globals_of(node)]
    return found


def is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        called = value.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name in MUTABLE_CALLS
    return isinstance(value, MUTABLE_DISPLAYS)


def is_constant(name: str) -> bool:
    """Tables are written once, in capitals; Python's own names are not state of ours."""
    return name.isupper() or (name.startswith("__") and name.endswith("__"))


def globals_of(node: ast.AST) -> list[str]:
    return node.names if isinstance(node, ast.Global) else []


SOURCES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_run_one_way(path: Path) -> None:
    assert wrong_imports(module_name(path), ast.parse(path.read_text())) == []


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_no_module_keeps_state(path: Path) -> None:
    assert mutable_names(ast.parse(path.read_text())) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("proxy.client", "from twisted_tyk.record.hits import Hit"),
        ("admit.cors", "import twisted_tyk.route.table"),
        ("admit.cors", "from twisted_tyk import service"),
        ("chain.link", "from twisted_tyk.admit.cors import Cors"),
        ("control.apis", "from twisted_tyk.listen.http1 import Channel"),
        ("chain.order", "from twisted_tyk.listen.http1 import Channel"),
        ("admit.cors", "if TYPE_CHECKING:\n import twisted_tyk.route.table"),
    ],
)
def test_the_rule_sees_a_wrong_import(module: str, line: str) -> None:
    assert len(wrong_imports(module, ast.parse(line))) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("service", "from twisted_tyk.listen.http1 import Channel"),
        ("chain.order", "from twisted_tyk.admit.cors import Cors"),
        ("proxy.client", "from twisted_tyk.proxy import headers"),
        ("proxy.client", "from twisted_tyk.exchange import Exchange"),
        ("reload", "from twisted_tyk.route.table import RoutingTable"),
        ("interfaces", "if TYPE_CHECKING:\n from twisted_tyk.record.hit import Hit"),
    ],
)
def test_the_rule_lets_a_right_import_pass(module: str, line: str) -> None:
    assert wrong_imports(module, ast.parse(line)) == []


@pytest.mark.parametrize(
    "text",
    ["cache = {}", "seen: set[str] = set()", "queue = collections.deque()", "def f():\n global x"],
)
def test_the_rule_sees_state(text: str) -> None:
    assert len(mutable_names(ast.parse(text))) == 1
