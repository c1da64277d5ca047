"""The extension in C: it is there, and it agrees with Python on the numbers."""

from __future__ import annotations

import os
import sys

import pytest
from plugin_host import built

from twisted_tyk.native import desk
from twisted_tyk.native.host import make_host

PURE = bool(os.environ.get("TWISTED_TYK_PURE"))


def nobody(*_: object) -> None:
    raise AssertionError("nobody should be told")


def test_the_extension_is_built() -> None:
    """Everywhere but where TWISTED_TYK_PURE=1 says that it is left out."""
    assert built() is not PURE


@pytest.mark.skipif(PURE, reason="the extension is left out")
def test_the_numbers_are_those_of_the_header() -> None:
    from twisted_tyk.native._host import lib

    names = "DONE LOG METRIC SERVICE LOST CLOSED SAID UNLOADED STUCK NOT_SHUT_DOWN NOT_LOADED"
    for name in names.split():
        assert getattr(desk, name) == getattr(lib, f"NATIVE_{name}"), name


def test_the_host_in_c_is_taken_where_it_is_built() -> None:
    host = make_host(nobody, nobody, nobody)
    assert host.kind == ("c" if built() else "python")
    host.close()


def test_without_the_extension_python_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "twisted_tyk.native._host", None)
    for name in ("in_process", "c_library"):
        monkeypatch.delitem(sys.modules, f"twisted_tyk.native.{name}", raising=False)
    host = make_host(nobody, nobody, nobody)
    assert host.kind == "python"
    host.close()
    with pytest.raises(ImportError):
        make_host(nobody, nobody, nobody, extension=True)
