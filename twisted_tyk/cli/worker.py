"""The process that runs plugins for ``tyk plugin``, so that a crash of one is a report.

It reads one JSON object from standard input: what to load and what to do with
it. To the descriptor that its first argument names it writes one JSON object
in a line for each thing that happens. Its second one is the process id of the
command, without which it is of no use.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any


def main() -> None:
    """Do the job that standard input holds."""
    from twisted_tyk.native.process.parent import die_with

    number, parent = map(int, sys.argv[1:3])
    die_with(parent, "the command")
    from twisted.internet import reactor

    os.set_inheritable(number, False)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(number, "w", encoding="ascii") as out:

        def tell(event: dict[str, Any]) -> None:
            out.write(json.dumps(event) + "\n")
            out.flush()

        job = json.load(sys.stdin)
        if "hooks" in job or "hook_file" in job:
            from twisted_tyk.cli.hook_check import HookWorker

            HookWorker(tell).run(job)
        elif "python" in job:
            from twisted_tyk.cli.python_worker import PythonWorker

            PythonWorker(tell, reactor).run(job)
        else:
            from twisted_tyk.cli.native_worker import NativeWorker

            NativeWorker(tell, reactor).run(job)
