"""``twistd`` offers ``tyk``, however the project came onto the machine."""

from __future__ import annotations

import re
from pathlib import Path

from fresh_environment import FreshEnvironment
from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins


def offers_tyk(text: str) -> bool:
    return re.search(r"^\s+tyk\s+An event-driven API gateway", text, re.MULTILINE) is not None


def test_this_environment_has_the_plugin() -> None:
    assert "tyk" in {plugin.tapname for plugin in getPlugins(IServiceMaker)}


def test_without_the_project_there_is_no_tyk(
    fresh_environment: FreshEnvironment, tmp_path: Path
) -> None:
    """Else the tests below would prove nothing."""
    text = fresh_environment.twistd("--help", cwd=tmp_path)
    assert "web" in text
    assert not offers_tyk(text)


def test_the_wheel_brings_tyk_and_takes_only_tyk_away(
    fresh_environment: FreshEnvironment, wheel: Path, tmp_path: Path
) -> None:
    fresh_environment.install(wheel)
    assert offers_tyk(fresh_environment.twistd("--help", cwd=tmp_path))
    assert "--config=" in fresh_environment.twistd("tyk", "--help", cwd=tmp_path)
    fresh_environment.pip("uninstall", "--yes", "twisted-tyk")
    text = fresh_environment.twistd("--help", cwd=tmp_path)
    assert "web" in text
    assert not offers_tyk(text)


def test_an_editable_install_brings_tyk(
    fresh_environment: FreshEnvironment, checkout: Path, tmp_path: Path
) -> None:
    fresh_environment.install("--editable", checkout)
    assert offers_tyk(fresh_environment.twistd("--help", cwd=tmp_path))


def test_a_checkout_on_the_python_path_brings_tyk(
    fresh_environment: FreshEnvironment, checkout: Path
) -> None:
    assert offers_tyk(fresh_environment.twistd("--help", cwd=checkout, PYTHONPATH="."))


def test_a_checkout_in_the_current_folder_brings_tyk(
    fresh_environment: FreshEnvironment, checkout: Path
) -> None:
    assert offers_tyk(fresh_environment.run("-m", "twisted", "--help", cwd=checkout))
