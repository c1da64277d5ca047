"""The modules that hooks were loaded into."""

from __future__ import annotations

import sys
from typing import Any


def hook_modules(api_id: str, stem: str) -> list[Any]:
    """Those of an API's hook file, the newest last."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(f"twisted_tyk_hooks_{api_id}_") and name.endswith(f".{stem}")
    ]
