"""What ``tools/test.py`` has tox do."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"

PYTHONS = {(3, 10): "/a/python3.10", (3, 12): "/a/python3.12", (3, 13): "/a/python3.13"}


class Asked(dict[str, Any]):
    """What tox was asked for, by the names of the parameters."""

    def run(self, tox: Any, project: Any, environments: Any, options: Any, environ: Any) -> int:
        self.update(tox=tox, environments=environments, options=options, environ=environ)
        return 0


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> ModuleType:
    """The tool, on a machine with three Pythons."""
    monkeypatch.syspath_prepend(str(TOOLS))
    spec = importlib.util.spec_from_file_location("test_command", TOOLS / "test.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "find_pythons", lambda: PYTHONS)
    monkeypatch.setattr(module, "ensure", lambda *_: "python-with-tox")
    monkeypatch.setattr(module, "run", asked.run)
    monkeypatch.delenv("TYK_TEST_ALSO", raising=False)
    monkeypatch.delenv("TYK_TEST_LESS", raising=False)
    return module


def test_the_newest_python_comes_first_and_leaves_nothing_out(
    command: ModuleType, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([]) == 0
    assert asked["tox"] == ["python-with-tox", "-m", "tox"]
    assert asked["environments"] == ["py313", "py312", "py310"]
    assert asked["environ"]["TYK_TEST_LESS"] == "py312,py310"
    assert capsys.readouterr().out == "Python 3.11: skipped, not found on this machine\n"


def test_arguments_are_pytest_s(command: ModuleType, asked: Asked) -> None:
    command.main(["-k", "hook", "-x"])
    assert asked["options"] == ["--discover", *PYTHONS.values(), "--", "-k", "hook", "-x"]


def test_without_arguments_environments_run_what_they_run_by_themselves(
    command: ModuleType, asked: Asked
) -> None:
    command.main([])
    assert asked["options"] == ["--discover", *PYTHONS.values()]


def test_further_checks_run_beside_them(
    command: ModuleType, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TYK_TEST_ALSO", "py310-oldest pure lint")
    command.main([])
    assert asked["environments"] == ["py313", "py312", "py310", "py310-oldest", "pure", "lint"]
    assert asked["environ"]["TYK_TEST_LESS"] == "py312,py310,py310-oldest"


def test_further_checks_take_no_arguments(
    command: ModuleType,
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TYK_TEST_ALSO", "lint")
    assert command.main(["-x"]) == 2
    assert capsys.readouterr().out.startswith("TYK_TEST_ALSO is set: ")
    assert not asked
