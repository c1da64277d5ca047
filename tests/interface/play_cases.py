"""Plays the cases of ``tests/tyk_cases`` with libraries that are there already.

``python play_cases.py FOLDER MODE`` takes ``c.so``, ``go.so`` and ``rust.so`` of the folder,
those that are in it, and prints a line of JSON: how many cases went as they should, and which
did not. A program of its own, so that it can be run with another version of the package.
"""

from __future__ import annotations

import json
import re
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tyk_cases")]

from case_languages import NATIVE, in_language  # noqa: E402
from gateways import Events, one_converter, stop  # noqa: E402
from test_cases import Case, cases, play  # noqa: E402
from twisted.logger import globalLogPublisher  # noqa: E402

from twisted_tyk.native import abi  # noqa: E402
from twisted_tyk.native.host import make_host  # noqa: E402
from twisted_tyk.testing import MemoryGateway, definition  # noqa: E402


def played(value: dict[str, Any], language: str, library: Path, mode: str) -> set[str]:
    """The modes of all entries. :raises AssertionError: when something else comes out."""
    case = Case.read(value)
    seen = Events()
    globalLogPublisher.addObserver(seen)
    with TemporaryDirectory() as folder:
        (Path(folder) / "plugin.so").symlink_to(library)
        running = MemoryGateway(
            Path(folder),
            [in_language(definition(**each), language, mode) for each in case.definitions],
            settings={"plugin_cache_path": f"{folder}/cache", **case.settings},
            environ=case.environ,
        )
        try:
            play(running, case)
            shown = json.loads(running.control("/tyk/plugins").body)
        finally:
            stop(running)
            globalLogPublisher.removeObserver(seen)
    for pattern in case.log:
        assert any(re.search(pattern, text) for text in seen.texts()), seen.texts()
    return {entry["mode"] for plugin in shown for entry in plugin["entries"]}


def main(folder: Path, mode: str) -> None:
    good, bad, modes = 0, {}, set()
    for value, language in (param.values for param in cases()):
        library = folder / f"{language}.so"
        if language in NATIVE and library.exists():
            try:
                modes |= played(value, language, library, mode)
                good += 1
            except Exception:
                bad[f"{value['title']} ({language})"] = traceback.format_exc()
    interface = f"{abi.ABI_MAJOR}.{abi.ABI_MINOR}"
    host = make_host(lambda *_: None, lambda *_: None, lambda *_: None)
    told = {"interface": interface, "host": host.kind, "modes": sorted(modes)}
    print(json.dumps({**told, "good": good, "bad": bad}))


if __name__ == "__main__":
    with one_converter():
        main(Path(sys.argv[1]), sys.argv[2])
