"""A virtual environment with this one's dependencies in it, but not the project; no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

INSTALLED = Path(sysconfig.get_path("purelib"))

# What this environment knows of the project itself must not reach a fresh one.
OURS = ("twisted_tyk", "twisted-tyk", "__editable__")

TWISTD = "from twisted.scripts.twistd import run\n\nrun()\n"


class FreshEnvironment:
    """A virtual environment with our dependencies in it, but not the project."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=True, with_pip=False)
        self._python = folder / "bin" / "python"
        [self.site_packages] = folder.glob("lib/python*/site-packages")
        share_dependencies(self.site_packages)
        # Started like the installed command: its own folder leads sys.path, not the current one.
        self._twistd = folder / "bin" / "twistd"
        self._twistd.write_text(TWISTD)

    def run(self, *arguments: str | Path, cwd: Path, **settings: str) -> str:
        """Run this environment's Python; return what it printed."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
        done = subprocess.run(
            [str(self._python), *map(str, arguments)],
            cwd=cwd,
            env=inherited | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def pip(self, *arguments: str | Path) -> str:
        """Install or uninstall, with nothing but what is on this machine."""
        return self.run("-m", "pip", *arguments, cwd=self.site_packages)

    def install(self, *what: str | Path) -> None:
        self.pip("install", "--no-deps", "--no-index", "--no-build-isolation", *what)

    def twistd(self, *arguments: str, cwd: Path, **settings: str) -> str:
        return self.run(self._twistd, *arguments, cwd=cwd, **settings)


def share_dependencies(target: Path) -> None:
    """Link what is installed here into ``target``.

    Twisted's folder is made anew, since packages put their plugins into it.
    """
    for entry in INSTALLED.iterdir():
        if entry.name.startswith(OURS) or entry.suffix == ".pth":
            continue
        if entry.name == "twisted":
            plugins = shutil.ignore_patterns("tyk_*", "dropin.cache", "__pycache__")
            shutil.copytree(entry, target / "twisted", copy_function=os.symlink, ignore=plugins)
        elif not (target / entry.name).exists():
            (target / entry.name).symlink_to(entry)
