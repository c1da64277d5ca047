"""The tree keeps its shape: imports run one way, and no module keeps state.

Read from the source with ``ast``, so nothing needs to be importable.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
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
ROOTS = {"parts", "service", "tap", "testing"}

# What stands at an end of the imports, and who may import it beside the roots.
ENDS = {
    "build": {"cli"},
    "bundles": {"cli", "control", "lint", "patches", "reload", "schema"},
    "chain": {"cli", "control", "record", "reload", "route"},
    "cli": set(),
    "control": set(),
    "importer": {"cli"},
    "lint": {"cli"},
    "parts": set(),
    "patches": {"chain", "cli", "control", "lint", "reload", "schema"},
    "schema": {"cli"},
    "sdk": {"cli"},
    "service": set(),
    "tap": set(),
    "testing": set(),
    "watch": set(),
}

# What turns entries into steps, and who alone knows all of it.
DRIVERS = {"native.driver", "plugins.python_driver"}
LOADER = "plugins.loader"

# What alone knows every step.
STEPS = "chain.steps."

# Who else may import from a stage, and why.
EXCEPTIONS = {
    ("reload.attempt", "route"),  # it looks at the patterns of an API
    ("reload.gathered", "route"),  # and where APIs are reached
    ("lint.whole", "route"),  # it tells of APIs that are reached elsewhere than they say
    ("reload.serving", "route"),  # and builds the routing table
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
        if name not in only_types and package not in {target, *ENDS.get(target, {package})}:
            wrong.append(f"{module} imports {name}: only what comes after it may")
        elif name.startswith(tuple(DRIVERS)) and module != LOADER:
            wrong.append(f"{module} imports {name}: only {LOADER} knows drivers")
        elif target in VERBS and target != package:
            if package in VERBS:
                wrong.append(f"{module} imports {name}: one verb knows nothing of another")
            elif name in only_types or (module, target) in EXCEPTIONS:
                continue  # a contract may name what it is about
            elif target == "listen":
                wrong.append(f"{module} imports {name}: only the composition may")
            elif not module.startswith(STEPS):
                wrong.append(f"{module} imports {name}: only {STEPS}* makes steps")
    return wrong


def cycles(imports: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules that come to import themselves, each with the next one on the way."""
    found: list[str] = []
    done: set[str] = set()

    def follow(module: str, way: tuple[str, ...]) -> None:
        if module in way:
            found.append(" imports ".join((*way[way.index(module) :], module)))
        elif module not in done:
            for other in imports.get(module, ()):
                follow(other, (*way, module))
            done.add(module)

    for module in imports:
        follow(module, ())
    return found


def imported_at_once(tree: ast.Module, modules: Collection[str]) -> Iterator[str]:
    """Those of ``modules`` that this one imports when it is imported itself."""
    for name in imported(tree.body):
        if name in modules:
            yield name
        elif name.rpartition(".")[0] in modules:
            yield name.rpartition(".")[0]


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


def test_no_module_imports_itself_by_way_of_others() -> None:
    trees = {module_name(path): ast.parse(path.read_text()) for path in SOURCES}
    assert cycles({name: list(imported_at_once(tree, trees)) for name, tree in trees.items()}) == []


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
        ("native.libraries", "from twisted_tyk.build.folder import build"),
        ("native.libraries", "from twisted_tyk.chain.api import Api"),
        ("build.folder", "from twisted_tyk.cli.output import say"),
        ("cli.run", "from twisted_tyk.control.plugins import Plugins"),
        ("control.openapi", "from twisted_tyk.schema.files import schema"),
        ("sdk", "from twisted_tyk.service import Gateway"),
        ("plugins.runtime", "from twisted_tyk.native.driver import NativeDriver"),
        ("chain.steps.hooks", "from twisted_tyk.listen.http1 import Channel"),
        ("chain.order", "from twisted_tyk.admit.cors import Cors"),
        ("admit.cors", "if TYPE_CHECKING:\n import twisted_tyk.route.table"),
    ],
)
def test_the_rule_sees_a_wrong_import(module: str, line: str) -> None:
    assert len(wrong_imports(module, ast.parse(line))) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("service", "from twisted_tyk.listen.http1 import Channel"),
        ("chain.steps.hooks", "from twisted_tyk.admit.cors import Cors"),
        ("proxy.client", "from twisted_tyk.proxy import headers"),
        ("proxy.client", "from twisted_tyk.exchange import Exchange"),
        ("reload.serving", "from twisted_tyk.route.table import RoutingTable"),
        ("cli.build", "from twisted_tyk.build.folder import build"),
        ("plugins.loader", "from twisted_tyk.native.driver import NativeDriver"),
        ("interfaces", "if TYPE_CHECKING:\n from twisted_tyk.record.hit import Hit"),
    ],
)
def test_the_rule_lets_a_right_import_pass(module: str, line: str) -> None:
    assert wrong_imports(module, ast.parse(line)) == []


def test_the_rule_sees_a_way_back() -> None:
    assert cycles({"a": ["b", "c"], "b": ["c"], "c": ["b"], "d": []}) == ["b imports c imports b"]


@pytest.mark.parametrize(
    "text",
    ["cache = {}", "seen: set[str] = set()", "queue = collections.deque()", "def f():\n global x"],
)
def test_the_rule_sees_state(text: str) -> None:
    assert len(mutable_names(ast.parse(text))) == 1
