"""Reloads that changed files ask for: ``"watch": true`` in ``tyk.conf``.

::

    wanted     which folders matter, and which names in them
    trail      what a path leads through, where it can change its meaning
    folders    keeps what is watched in line with that, and reads events
    notifier   the kernel's events, by Twisted's inotify
    burst      one reload for many changes, and none of what is half written
    problem    why something can not be watched
"""
