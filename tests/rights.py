"""Folders that may not be entered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def as_somebody_without_rights(folder: Path) -> Iterator[None]:
    """The superuser may enter every folder, and becomes nobody for that."""
    user = os.geteuid()
    mode = folder.stat().st_mode
    folder.chmod(0)
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)
    folder.chmod(mode)
