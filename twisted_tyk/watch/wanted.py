"""Which folders matter, and which names in them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from attrs import evolve, frozen

from twisted_tyk.settings import Settings

if TYPE_CHECKING:
    from twisted_tyk.reload import Report

#: A link that Kubernetes puts in place of the one before when it changes a mounted folder.
_SWITCH: Final = "..data"
_BEGIN: Final = (".", "#")
_END: Final = ("~", "#", ".swp", ".swx", ".tmp", ".temp", ".part", ".new", ".bak")
#: What vim tries whether it can write with, and what Python leaves.
_OTHERS: Final = ("4913", "__pycache__")
#: Code, of hooks and plugins.
_CODE: Final = (".py", ".so")
#: Folders at most that are looked into below one.
_DEEPEST: Final = 200


@frozen
class Interest:
    """What matters of one folder.

    :ivar names: of files.
    :ivar suffixes: of names that matter too.
    :ivar deep: the same counts for the folders in it.
    """

    names: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    deep: bool = False

    def means(self, name: str) -> bool:
        """Whether a file of this name matters."""
        return (
            name in self.names
            or name == _SWITCH
            or (name.endswith(self.suffixes) and not temporary(name))
        )

    def also(self, other: Interest) -> Interest:
        """Both."""
        suffixes = tuple(dict.fromkeys(self.suffixes + other.suffixes))
        return Interest(self.names | other.names, suffixes, self.deep or other.deep)


def temporary(name: str) -> bool:
    """Whether an editor or another program has a file of this name for a while."""
    return name.startswith(_BEGIN) or name.endswith(_END) or name in _OTHERS


class Wanted(dict[str, Interest]):
    """Interests by folder, as it was named."""

    def add(self, folder: str | os.PathLike[str], interest: Interest) -> None:
        """One more."""
        path = os.path.abspath(folder)
        before = self.get(path)
        self[path] = interest if before is None else before.also(interest)

    def add_file(self, file: str, *suffixes: str) -> None:
        """A file, and others of its folder."""
        folder, name = os.path.split(os.path.abspath(file))
        self.add(folder, Interest(frozenset({name}), suffixes))


def of_settings(settings: Settings, base: Path) -> Wanted:
    """What matters whatever the definitions say. :param base: the folder of ``tyk.conf``."""
    wanted = Wanted()
    json = Interest(suffixes=(".json",))
    wanted.add(base / settings.app_path, json)
    policies = settings.policies
    if policies.policy_path:
        wanted.add(base / policies.policy_path, json)
    elif policies.policy_record_name:
        wanted.add_file(str(base / policies.policy_record_name))
    if settings.patches_path:
        wanted.add(base / settings.patches_path, Interest(suffixes=("",), deep=True))
    bundles = urlsplit(settings.bundle_base_url)
    if settings.enable_bundle_downloader and bundles.scheme == "file":
        wanted.add(unquote(bundles.path), Interest(suffixes=(".zip",), deep=True))
    return wanted


def of_report(wanted: Wanted, report: Report, base: Path, shelf: Path) -> Wanted:
    """Also what matters because APIs name it, or tried to.

    :param base: the folder that paths of entries start from.
    :param shelf: where bundles are unpacked, which is nobody's to change.
    """
    for file in files_of(report):
        if not _inside(file, shelf):
            wanted.add_file(file, *_CODE)
    for outcome in report.outcomes:
        bundles: Iterable[str] = outcome.delivered.folders if outcome.delivered else ()
        for plugged in outcome.plugged:
            path = plugged.path
            if not path or any(path.startswith(f"{bundle}/") for bundle in bundles):
                continue
            if "/" in path or path.endswith(_CODE):
                wanted.add_file(str(base / path), *_CODE)
                if plugged.source is None:
                    # What it imports may be what is wrong.
                    wanted.add(base / Path(path).parent, Interest(suffixes=_CODE))
            elif plugged.source is None:
                for folder in _places(path):
                    wanted.add(folder, Interest(suffixes=_CODE, deep=True))
    return wanted


def files_of(report: Report) -> Mapping[str, str]:
    """Every file that an API was made from, and the SHA-256 of what it held."""
    return {
        file: digest for api in report.apis for file, digest in api.stamps if os.path.isabs(file)
    }


def below(folder: str, interest: Interest) -> list[tuple[str, Interest]]:
    """The folders below one that matter as it does."""
    found: list[tuple[str, Interest]] = []
    if interest.deep:
        inside = evolve(interest, names=frozenset())
        for top, names, _ in os.walk(folder):
            names[:] = sorted(name for name in names if not temporary(name))
            found += [(os.path.join(top, name), inside) for name in names]
            if len(found) > _DEEPEST:
                break
    return found[:_DEEPEST]


def _places(module: str) -> list[str]:
    """The folders of an importable module that could not be loaded."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return list(spec.submodule_search_locations)
    return [os.path.dirname(spec.origin)] if spec.has_location and spec.origin else []


def _inside(file: str, folder: Path) -> bool:
    return Path(os.path.abspath(file)).is_relative_to(os.path.abspath(folder))
