"""What every gateway is made from."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import field, frozen

from twisted_tyk.settings import Loaded, Settings


@frozen
class Given:
    """Handed to the areas, so that none of them looks for it.

    :ivar reactor: sockets, clock and threads of everything.
    :ivar loaded: ``tyk.conf``, and the files that it names.
    :ivar base: the folder of ``tyk.conf``.
    :ivar seconds: Unix time.
    """

    reactor: Any
    loaded: Loaded
    base: Path
    seconds: Callable[[], float] = field(factory=lambda: time.time)

    @property
    def settings(self) -> Settings:
        """The values of ``tyk.conf``."""
        return self.loaded.settings
