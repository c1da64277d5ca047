"""C plugins straight against ``tyk_plugin.h``, with one thing about them that is wrong."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from plugin_library import compile_c

EXPORTS = {
    "abi": "uint32_t tyk_plugin_abi(void) { return TYK_ABI_MAJOR << 16 | TYK_ABI_MINOR; }",
    "init": "int32_t tyk_plugin_init(const tyk_host *host, const uint8_t *config, uint64_t size)"
    "{ (void)host; (void)config; (void)size; return TYK_OK; }",
    "describe": "const char *tyk_plugin_describe(void) { return MANIFEST; }",
    "call": "int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,"
    "tyk_result *result) { (void)function; (void)frame; (void)size; result->size = 0;"
    "return TYK_OK; }",
    "control": "int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size)"
    "{ (void)control; (void)in; (void)size; return TYK_OK; }",
    "free": "void tyk_plugin_free(void *data) { (void)data; }",
    "shutdown": "int32_t tyk_plugin_shutdown(uint32_t milliseconds)"
    "{ (void)milliseconds; return TYK_OK; }",
}
MANIFEST = {
    "abi": "1.0",
    "language": "c",
    "toolchain": "gcc",
    "sdk": "0.1.0",
    "name": "raw",
    "version": "1.0.0",
    "functions": [{"name": "AddHeader"}, {"name": "OnResponse", "kind": "response"}],
}


def raw_plugin(
    folder: Path,
    manifest: object = MANIFEST,
    without: Collection[str] = (),
    section: bool = True,
    name: str = "raw",
) -> Path:
    """
    :param manifest: a text as it is, or what is written as JSON.
    :param without: which of the functions are left out.
    :param section: the manifest is in its section.
    """
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    quoted = "".join(f"\\{byte:03o}" for byte in text.encode())
    place = '__attribute__((section(".tyk_manifest"), used))' if section else ""
    source = folder / f"{name}.c"
    source.write_text(
        f'#include "tyk_plugin.h"\n#define MANIFEST "{quoted}"\n'
        f"extern const char manifest[];\n{place} const char manifest[] = MANIFEST;\n"
        + "\n".join(code for export, code in EXPORTS.items() if export not in without)
    )
    return compile_c(folder / f"{name}.so", source, flags=["-Wno-overlength-strings"])
