"""Why a library could not be loaded: one sentence each, for both hosts."""

from __future__ import annotations

from typing import Final

from twisted_tyk.native import abi
from twisted_tyk.native.contract import Loading
from twisted_tyk.plugins.driver import LoadError

#: What tyk_plugin.h says of the statuses that an init can return.
_MEANS: Final = {
    abi.E_ARGUMENT: "an argument that cannot be right",
    abi.E_VERSION: "this gateway is too old or too new for it",
    abi.E_PANIC: "its code panicked",
    abi.E_INIT: "it could not be made ready",
    abi.E_FAILED: "it says that it failed",
    abi.E_MEMORY: "there was no memory",
}


def not_opened(loading: Loading, reason: str) -> LoadError:
    """:param reason: as dlopen gives it."""
    text = reason.replace(loading.copy, loading.file).removeprefix(f"{loading.file}: ")
    return LoadError(
        f"{loading.file}: the system's loader refuses it: {text}; install what it needs, or "
        "rebuild it on this system with `tyk plugin build`"
    )


def no_symbol(loading: Loading, name: str) -> LoadError:
    return LoadError(
        f"{loading.file}: it does not export {name}; rebuild it with `tyk plugin build`"
    )


def other_version(loading: Loading, version: int) -> LoadError:
    """:param version: what ``tyk_plugin_abi`` has returned."""
    found = f"{(version >> 16) & 0xFFFF}.{version & 0xFFFF}"
    return LoadError(
        f"{loading.file}: it is built for plugin interface {found}, this gateway speaks "
        f"{abi.ABI_MAJOR}.{abi.ABI_MINOR}; rebuild it with `tyk plugin build` of this gateway"
    )


def init_failed(loading: Loading, status: int) -> LoadError:
    """:param status: what ``tyk_plugin_init`` has returned."""
    means = _MEANS.get(status, f"tyk_plugin_init returned {status}, which means nothing")
    return LoadError(
        f"{loading.file}: its initialisation failed: {means}; what it has logged may tell why"
    )


def not_ready(loading: Loading, seconds: float) -> LoadError:
    return LoadError(
        f"{loading.file}: it was not ready within {seconds:g} s of being loaded; its "
        "initialisation must not wait for so long"
    )


def no_memory(loading: Loading) -> LoadError:
    return LoadError(f"{loading.file}: there is no memory or no thread left to load it")
