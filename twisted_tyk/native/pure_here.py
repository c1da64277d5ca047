"""What of a plugin a thread runs at the moment, in Python."""

from __future__ import annotations

import threading
from typing import Final

from twisted_tyk.native.contract import Line

NOTHING: Final = 0
INLINE: Final = -1
CONTROL: Final = -2


class Here(threading.local):
    """Each thread has one of its own.

    :ivar call: the id of a call, or one of the above.
    :ivar said: in the inline call.
    """

    def __init__(self) -> None:
        self.call = NOTHING
        self.said: list[Line] = []

    @property
    def inside(self) -> bool:
        """It is the thread that answers plugins, so it cannot wait for an answer."""
        return self.call < NOTHING
