"""Given a folder with plugins, tyk plugin inspect says which will load, where, and for whom."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from building import TykPlugin
from click.testing import Result
from raw_plugin import MANIFEST, raw_plugin
from tyk_command import Tyk
from tyk_command import tyk as typed

from twisted_tyk._version import TYK_VERSION, __version__
from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR, RELEASES
from twisted_tyk.native.machine import this_machine

HERE = f"linux_{this_machine()}"
OURS = f"hello_{TYK_VERSION}_{HERE}.so"
PLAIN = f"hello_{TYK_VERSION.removeprefix('v')}_{HERE}.so"
OLDER = f"hello_v4.1.0_{HERE}.so"


def put(folder: Path, plugin: str, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(plugin, folder / name)


def rows(said: Result) -> list[list[str]]:
    """The words of all lines."""
    return [line.split() for line in said.stdout.splitlines()]


def objects(said: Result) -> list[dict[str, Any]]:
    return list(map(json.loads, said.stdout.splitlines()))


def test_versioned_names_stand_for_one_path(tyk: Tyk, plugin: str, folder: Path) -> None:
    put(folder / "p", plugin, OURS, PLAIN, OLDER, "other.so")
    said = tyk("inspect", "p")
    assert said.exit_code == 0
    assert said.stdout.startswith(
        f"p: for Tyk {TYK_VERSION} on linux/{this_machine()}, plugin interface "
        f"{ABI_MAJOR}.{ABI_MINOR}\n"
    )
    first = rows(said)[2]
    assert first[:5] == [PLAIN, "troubles", "1.2.3", "C", "1.0"]
    assert first[-4:] == ["0.1.0", "and", "later", "yes"]
    assert rows(said)[-2:] == [["hello.so", OURS, PLAIN], ["other.so", "other.so", "-"]]


def test_the_plain_name_hides_the_versioned_ones(tyk: Tyk, plugin: str, folder: Path) -> None:
    put(folder / "p", plugin, OURS, "hello.so")
    plain, versioned = objects(tyk("inspect", "p", "--json"))
    assert (plain["entry_gets_it"], plain["behind"]) == (True, "")
    assert (versioned["entry_gets_it"], versioned["behind"]) == (False, "hello.so")
    assert versioned["entry"] == plain["entry"] == "hello.so"
    assert versioned["named_for"] == {
        "version": TYK_VERSION, "system": "linux", "machine": this_machine(),
    }  # fmt: skip


def test_what_is_named_for_another_version_alone_is_not_found(
    tyk: Tyk, plugin: str, folder: Path
) -> None:
    put(folder / "p", plugin, OLDER)
    said = tyk("inspect", "p")
    assert said.exit_code == 1
    assert ["hello.so", "nothing", "-"] in rows(said)
    assert said.stdout.splitlines()[-1] == (
        f"  hello.so: no gateway of Tyk {TYK_VERSION} on linux/{this_machine()} finds a file for "
        f"it; there is {OLDER}; build one with `tyk plugin build`, under this name for all versions"
    )
    file, entry = objects(tyk("inspect", "p", "--json"))
    assert (file["ok"], file["entry_gets_it"], file["meant_for_this_gateway"]) == (
        True, False, False,
    )  # fmt: skip
    assert (entry["entry"], entry["ok"]) == ("hello.so", False)


@pytest.mark.parametrize("version", ["v4.1.0", "4.1.0", "v4.1.0-rc2"])
def test_another_version_can_be_asked_about(
    tyk: Tyk, plugin: str, folder: Path, version: str
) -> None:
    put(folder / "p", plugin, OURS, OLDER)
    said = tyk("inspect", "p", "--tyk-version", version)
    assert said.exit_code == 0
    assert said.stdout.startswith("p: for Tyk v4.1.0 on ")
    assert rows(said)[-1] == ["hello.so", OLDER, "-"]


def test_a_version_that_is_none(tyk: Tyk, plugin: str, folder: Path) -> None:
    said = tyk("inspect", ".", "--tyk-version", "latest")
    assert said.exit_code == 2
    assert "found 'latest', expected a version such as v" in said.stderr


def test_files_for_other_systems_do_not_count(tyk: Tyk, plugin: str, folder: Path) -> None:
    put(folder / "p", plugin, "hello.so")
    for name in (f"hello_{TYK_VERSION}_linux_vax.so", f"hello_{TYK_VERSION}_darwin_arm64.so"):
        (folder / "p" / name).write_text("none of ours\n")
    said = tyk("inspect", "p")
    assert said.exit_code == 0
    assert "vax.so: is a text file" in said.stdout


def test_a_file_that_would_be_taken_when_another_goes_counts(
    tyk: Tyk, plugin: str, folder: Path
) -> None:
    put(folder / "p", plugin, "hello.so")
    (folder / "p" / OURS).write_text("broken\n")
    assert tyk("inspect", "p").exit_code == 1


def test_a_plugin_of_tyk_itself_is_known(
    tyk: Tyk, plugin: str, folder: Path, tyk_plugin: TykPlugin
) -> None:
    (folder / "p").mkdir()
    shutil.copy(tyk_plugin(), folder / "p" / OLDER)
    shutil.copy(tyk_plugin(), folder / "p" / "new.so")
    said = tyk("inspect", "p")
    assert said.exit_code == 1
    older = next(row for row in rows(said) if row[0] == OLDER)
    assert older[1:4] == ["-", "Go", "Tyk's"]
    assert older[-4:] == ["Tyk", "v4.1.0", "alone", "no"]
    assert (
        "  p/new.so: is built with -buildmode=plugin, which only the one release of Tyk that it "
        "was built for can load; rebuild its sources with `tyk plugin build`, unchanged\n"
    ) in said.stdout
    found = objects(tyk("inspect", "p", "--json"))[0]
    assert (found["for_tyk"], found["module"]) == (True, "example.com/p")
    assert found["toolchain"].startswith("go1.")


@pytest.mark.parametrize(
    ("interface", "where"),
    [
        (f"{ABI_MAJOR}.{ABI_MINOR + 1}", "newer ones"),
        (f"{ABI_MAJOR + 1}.0", "newer ones"),
        (f"{ABI_MAJOR - 1}.9", "older ones"),
    ],
)
def test_other_versions_of_the_interface(
    tyk: Tyk, folder: Path, tmp_path_factory: pytest.TempPathFactory, interface: str, where: str
) -> None:
    made = raw_plugin(tmp_path_factory.mktemp("raw"), {**MANIFEST, "abi": interface})
    put(folder / "p", str(made), "raw.so")
    said = tyk("inspect", "p")
    assert said.exit_code == 1
    row = next(row for row in rows(said) if row[0] == "raw.so")
    assert row[1:5] == ["raw", "1.0.0", "C", interface]
    assert row[-3:] == [*where.split(), "no"]
    assert f"p/raw.so: is built for plugin interface {interface}, this gateway" in said.stdout


def test_it_is_known_with_which_release_this_interface_came() -> None:
    """Whoever raises the version of the interface enters the release that will have it."""
    assert RELEASES[ABI_MAJOR, ABI_MINOR] <= __version__.partition(".dev")[0]


def test_folders_in_it_are_looked_into_when_asked(tyk: Tyk, plugin: str, folder: Path) -> None:
    put(folder / "p", plugin, "hello.so")
    put(folder / "p" / "inner", plugin, OURS)
    (folder / "p" / "inner" / "broken.so").write_text("broken\n")
    assert "inner" not in tyk("inspect", "p").stdout
    said = tyk("inspect", "-r", "p")
    assert said.exit_code == 1
    heads = [
        line for line in said.stdout.splitlines() if "plugin interface" in line and ":" in line
    ]
    assert [head.partition(":")[0] for head in heads] == ["p", "p/inner"]


def test_none_in_any_folder(tyk: Tyk, folder: Path) -> None:
    (folder / "p" / "inner").mkdir(parents=True)
    said = tyk("inspect", "-r", "p")
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == "tyk: p: there is no .so and no bundle in it; type `tyk plugin build p`\n"


def test_a_folder_under_the_name_of_a_plugin(tyk: Tyk, plugin: str, folder: Path) -> None:
    """The sources, say: what is beside it is taken."""
    put(folder / "p", plugin, OURS)
    (folder / "p" / "hello.so").mkdir()
    said = tyk("inspect", "p")
    assert said.exit_code == 0
    assert rows(said)[-1] == ["hello.so", OURS, "-"]


def bundle(folder: Path, plugin: str, *names: str, hook: str = "plugin.so") -> Path:
    """A bundle with the plugin under these names."""
    put(folder / "sources", plugin, *names)
    entry = {"name": "AddHeader", "path": hook}
    value = {
        "file_list": list(names),
        "custom_middleware": {"driver": "goplugin", "pre": [entry]},
    }
    (folder / "sources" / "manifest.json").write_text(json.dumps(value))
    (folder / "p").mkdir(exist_ok=True)
    file = folder / "p" / "hooks.zip"
    made = typed("bundle", "build", folder / "sources", "-o", file, "--skip-signing")
    assert made.exit_code == 0, made.stderr
    return file


def test_bundles_are_looked_into(tyk: Tyk, plugin: str, folder: Path) -> None:
    bundle(folder, plugin, OURS, OLDER, hook="hello.so")
    said = tyk("inspect", "p")
    assert said.exit_code == 0, said.stdout
    assert [row[0] for row in rows(said)[2:5]] == [
        "hooks.zip", f"hooks.zip/{OLDER}", f"hooks.zip/{OURS}",
    ]  # fmt: skip
    assert rows(said)[2][1:5] == ["bundle", "of", "2", "files"]
    assert rows(said)[-1] == ["hooks.zip/hello.so", f"hooks.zip/{OURS}", "-"]
    whole, *_ = objects(tyk("inspect", "p", "--json"))
    assert (whole["bundled"], whole["ok"], whole["entry"]) == (2, True, None)


def test_a_hook_of_a_bundle_without_a_plugin_for_this_gateway(
    tyk: Tyk, plugin: str, folder: Path
) -> None:
    bundle(folder, plugin, OLDER, hook="other.so")
    said = tyk("inspect", "p")
    assert said.exit_code == 1
    assert ["hooks.zip/other.so", "nothing", "-"] in rows(said)
    assert "  hooks.zip/other.so: no gateway of Tyk " in said.stdout


def test_a_broken_plugin_in_a_bundle_is_named_with_it(tyk: Tyk, plugin: str, folder: Path) -> None:
    (folder / "broken").write_text("broken\n")
    bundle(folder, "broken", "plugin.so")
    said = tyk("inspect", "p")
    assert said.exit_code == 1
    assert "  p/hooks.zip/plugin.so: is a text file, expected a plugin library" in said.stdout


def test_a_broken_bundle(tyk: Tyk, plugin: str, folder: Path) -> None:
    file = bundle(folder, plugin, "plugin.so")
    file.write_bytes(file.read_bytes()[:-30])
    said = tyk("inspect", "p")
    assert said.exit_code == 1
    assert rows(said)[2] == ["hooks.zip", *"-" * 6, "no"]
    assert said.stdout.splitlines()[-1].startswith("  p/hooks.zip: ")


def test_an_archive_that_is_no_bundle_is_passed_over(tyk: Tyk, plugin: str, folder: Path) -> None:
    put(folder / "p", plugin, "plugin.so")
    with ZipFile(folder / "p" / "sources.zip", "w") as archive:
        archive.writestr("main.go", "package main\n")
    said = tyk("inspect", "p")
    assert (said.exit_code, "sources.zip" in said.stdout) == (0, False)
