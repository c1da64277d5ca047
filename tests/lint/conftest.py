"""A folder to write a configuration to."""

from __future__ import annotations

from pathlib import Path

import pytest
from lint_folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.conf()
    return made
