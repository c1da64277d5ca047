"""What only the garbage collector could take away."""

from __future__ import annotations

import gc
from collections.abc import Callable


def left_by(work: Callable[[], object]) -> list[type]:
    """The kinds of our objects that ``work`` leaves to the collector."""
    gc.collect()
    gc.freeze()  # what other tests left is theirs
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return [type(one) for one in gc.garbage if type(one).__module__.startswith("twisted_tyk")]
    finally:
        gc.set_debug(0)
        gc.enable()
        gc.garbage.clear()
