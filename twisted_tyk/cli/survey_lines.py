"""What was found in a folder of plugins, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twisted_tyk.cli.output import columns, title_of
from twisted_tyk.cli.survey import Survey
from twisted_tyk.cli.survey_entry import Entry
from twisted_tyk.cli.surveyed import Surveyed
from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR
from twisted_tyk.native.machine import this_machine, this_system

_HEAD = ("file", "plugin", "language", "interface", "for", "libc", "loads in", "here")


def lines_of(found: Survey) -> Iterator[str]:
    """For people."""
    system = f"{this_system()}/{this_machine()}"
    yield (
        f"{found.folder}: for Tyk {found.version} on {system}, plugin interface "
        f"{ABI_MAJOR}.{ABI_MINOR}"
    )
    yield from columns([_HEAD, *map(_row, found.files)])
    if found.entries:
        rows = [("path in an entry", "gets", "hides"), *map(_entry_row, found.entries)]
        yield from columns(rows)
    for each in found.files:
        if each.problem:
            yield f"  {each.problem}"
    for entry in found.entries:
        if entry.problem:
            yield f"  {entry.problem}"


def objects_of(found: Survey) -> Iterator[dict[str, Any]]:
    """For scripts: one for each file, and one for each entry that gets none."""
    entries = {entry.path: entry for entry in found.entries}
    for each in found.files:
        yield _object(each, entries.get(each.entry), each.is_for(found.version))
    for entry in found.entries:
        if entry.problem:
            yield {
                "folder": str(found.folder),
                "entry": entry.path,
                "ok": False,
                "error": entry.problem,
            }


def _row(each: Surveyed) -> tuple[str, ...]:
    return (
        each.name,
        _plugin(each),
        title_of(each.language) or "-",
        "Tyk's" if each.for_tyk else _dotted(each) or "-",
        f"{this_system()}/{each.machine}" if each.machine else "-",
        each.libc or "-",
        each.loads_in() or "-",
        "no" if each.problem else "yes",
    )


def _plugin(each: Surveyed) -> str:
    manifest = each.manifest
    if each.bundled is not None:
        return f"bundle of {each.bundled} file{'s' if each.bundled != 1 else ''}"
    return "-" if manifest is None else f"{manifest.name} {manifest.version}".strip() or "-"


def _entry_row(entry: Entry) -> tuple[str, ...]:
    return entry.path, entry.gets or "nothing", ", ".join(entry.hidden) or "-"


def _object(each: Surveyed, entry: Entry | None, meant: bool) -> dict[str, Any]:
    target = each.target
    manifest = each.manifest
    told = {
        **each.known,
        "file": each.shown,
        "ok": not each.problem,
        "language": each.language,
        "interface": _dotted(each),
        "machine": each.machine,
        "libc": each.libc,
        "for_tyk": each.for_tyk,
        "since": each.since(),
        "named_for": None
        if target is None
        else {"version": target.version, "system": target.system, "machine": target.machine},
        "meant_for_this_gateway": meant,
        "bundled": each.bundled,
        "entry": entry and entry.path,
        "entry_gets_it": entry is not None and entry.gets == each.name,
        "behind": entry.gets if entry is not None and each.name in entry.hidden else "",
    }
    if manifest is not None:
        told |= {"name": manifest.name, "version": manifest.version}
    return told | ({"error": each.problem} if each.problem else {})


def _dotted(each: Surveyed) -> str:
    return "" if each.manifest is None else "{}.{}".format(*each.manifest.abi)
