"""A copy of the checkout, its wheel, and fresh virtual environments; all without a network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fresh_environment import FreshEnvironment

CHECKOUT = Path(__file__).resolve().parent.parent.parent

# Products of a build, and folders that hold environments.
PRODUCTS = shutil.ignore_patterns(
    ".*", "*.egg-info", "__pycache__", "build", "dist", "_build", "dropin.cache", "*.so"
)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as the session found it."""
    folder = tmp_path_factory.mktemp("source") / "copy"
    shutil.copytree(CHECKOUT, folder, ignore=PRODUCTS)
    return folder


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel. Building writes into its source, hence the copy."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(source, folder / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-w", str(folder), str(folder / "source")], check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the sources."""
    folder = tmp_path_factory.mktemp("sdist")
    shutil.copytree(source, folder / "source")
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=folder / "source", check=True)
    [built] = folder.glob("*.tar.gz")
    return built


@pytest.fixture
def checkout(source: Path, tmp_path: Path) -> Path:
    """A checkout for one test."""
    return Path(shutil.copytree(source, tmp_path / "checkout"))


@pytest.fixture
def fresh_environment(tmp_path: Path) -> FreshEnvironment:
    return FreshEnvironment(tmp_path / "environment")
