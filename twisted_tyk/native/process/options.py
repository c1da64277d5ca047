"""How processes of plugins are looked after."""

from __future__ import annotations

from attrs import frozen


@frozen
class Options:
    """
    :ivar memory: MiB that the plugin may take in its process.
    :ivar overdue: seconds that a call may go on after nobody waits for it, and
        then those beside it, before their process is ended.
    :ivar shutdown: seconds for calls under way to finish when the library is
        closed, and again for the plugin to shut down.
    :ivar starting: seconds for a process to be ready.
    :ivar waiting: calls at most that wait for a process to be ready.
    :ivar unsent: bytes at most that wait for a process to read them.
    :ivar watching: seconds between looks at the memory of a process.
    """

    memory: int = 512
    overdue: float = 5.0
    shutdown: float = 5.0
    starting: float = 30.0
    waiting: int = 1000
    unsent: int = 1 << 24
    watching: float = 0.25
