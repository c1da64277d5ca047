"""Settings that have a field and that this version does nothing with.

One table. What would leave the gateway less guarded than its operator believes
keeps it from starting; anything else is named once. When a version learns a
setting, its row goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.settings.model import Settings

#: Without these the gateway would be more open than asked for.
REFUSED: Final = ("http_server_options.use_ssl",)

#: Keys, or whole objects.
LEFT_OUT: Final = (
    "http_server_options.enable_http2",
    "http_server_options.enable_websockets",
    "http_server_options.certificates",
    "http_server_options.ssl_certificates",
    "http_server_options.server_name",
    "http_server_options.ssl_ciphers",
    "http_server_options.skip_client_ca_announcement",
    "http_server_options.ssl_insecure_skip_verify",
    "http_server_options.min_version",
    "http_server_options.max_version",
    "http_server_options.flush_interval",
    "http_server_options.skip_target_path_escaping",
    "http_server_options.max_response_body_size",
    "ssl_force_common_name_check",
    "pid_file_location",
    "storage.optimisation_max_idle",
    "storage.optimisation_max_active",
    "analytics_storage.optimisation_max_idle",
    "analytics_storage.optimisation_max_active",
)


def unenforced(settings: Settings, document: Document) -> Iterator[Problem]:
    """Give a problem for each setting that must not be taken for being in force."""
    for name in _given(settings, REFUSED):
        note = "this version cannot do that, so it does not start"
        yield _about(document, name, note, rule="not-enforced")


def left_out(settings: Settings, document: Document) -> Iterator[Problem]:
    """Give at most one warning, which lists what is asked for in vain."""
    names = list(_given(settings, LEFT_OUT))
    if names:
        note = "left out, this version does not support it: " + ", ".join(names)
        paths = tuple(tuple(name.split(".")) for name in names)
        yield Problem(document.file, note, rule="left-out", paths=paths)


def weak(settings: Settings, document: Document) -> Iterator[Problem]:
    """Warn of what is as weak as it is in Tyk, and need not be."""
    function = settings.hash_key_function or "murmur32"
    if settings.hash_keys and settings.storage.type == "redis" and function == "murmur32":
        note = (
            "keys are stored under 32 bits that leave out their last one to three characters, "
            "as in Tyk: say murmur64, murmur128 or sha256"
        )
        yield _about(document, "hash_key_function", note, rule="weak")


def _about(document: Document, name: str, text: str = "", **more: Any) -> Problem:
    """A problem of a setting; it has a line when it is the file that has the setting."""
    path = tuple(name.split("."))
    if _has(document.value, path):
        return document.problem(path, text, **more)
    return Problem(document.file, text, path=name, **more)


def _has(value: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    members = value.items() if isinstance(value, dict) else ()
    return any(key.lower() == path[0].lower() and _has(item, path[1:]) for key, item in members)


def _given(settings: Settings, names: tuple[str, ...]) -> Iterator[str]:
    default = Settings()
    for name in names:
        value = attrgetter(name)
        if value(settings) != value(default):
            yield name
