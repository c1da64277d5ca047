"""Given the path of an entry and a folder with files, this one is loaded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rights import as_somebody_without_rights

from twisted_tyk.native.find import Target, candidates, find, in_order, target_of, versioned
from twisted_tyk.native.machine import machine_name, this_machine
from twisted_tyk.native.opening import open_library
from twisted_tyk.plugins.driver import LoadError

HERE = f"linux_{this_machine()}"


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"library")


def test_the_order_is_as_written_then_with_v_then_without() -> None:
    assert candidates("p/plugin.so", "v5.3.0") == [
        "p/plugin.so",
        f"p/plugin_v5.3.0_{HERE}.so",
        f"p/plugin_5.3.0_{HERE}.so",
    ]


def test_a_path_may_lack_its_suffix() -> None:
    assert candidates("/p/plugin", "5.3.0")[:2] == ["/p/plugin", f"/p/plugin_v5.3.0_{HERE}.so"]


def test_what_follows_a_hyphen_in_the_version_does_not_count() -> None:
    assert versioned("a.so", "v5.5.0-rc3", "linux", "arm64") == "a_v5.5.0_linux_arm64.so"


def test_a_name_with_a_version_is_found_as_it_is(tmp_path: Path) -> None:
    name = f"plugin_v4.1.0_{HERE}.so"
    put(tmp_path, name)
    assert find(name, tmp_path, "v5.3.0") == tmp_path / name


def test_the_path_as_written_comes_first(tmp_path: Path) -> None:
    put(tmp_path, "plugin.so", f"plugin_v5.3.0_{HERE}.so")
    assert find("plugin.so", tmp_path, "v5.3.0") == tmp_path / "plugin.so"


def test_without_it_the_one_for_this_version_and_system_is_taken(tmp_path: Path) -> None:
    put(tmp_path, f"plugin_5.3.0_{HERE}.so", f"plugin_v5.3.0_{HERE}.so", "plugin_v5.2.0_x_y.so")
    assert find("plugin.so", tmp_path, "v5.3.0").name == f"plugin_v5.3.0_{HERE}.so"


def test_the_last_is_the_one_without_v(tmp_path: Path) -> None:
    put(tmp_path, f"plugin_5.3.0_{HERE}.so")
    assert find("plugin.so", tmp_path, "v5.3.0").name == f"plugin_5.3.0_{HERE}.so"


def test_what_a_file_hides_comes_after_it(tmp_path: Path) -> None:
    names = ["plugin.so", f"plugin_v5.3.0_{HERE}.so", f"plugin_5.3.0_{HERE}.so"]
    put(tmp_path, *names, f"plugin_v5.2.0_{HERE}.so")
    assert [file.name for file in in_order("plugin.so", tmp_path, "v5.3.0")] == names


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("my_plugin_v5.3.0_linux_arm64.so", Target("my_plugin.so", "v5.3.0", "linux", "arm64")),
        ("a_5.3.0_linux_386.so", Target("a.so", "v5.3.0", "linux", "386")),
        ("plugin.so", None),
        ("plugin_v5.3_linux_amd64.so", None),
        ("_v5.3.0_linux_amd64.so", None),
    ],
)
def test_a_name_tells_what_it_is_for(name: str, target: Target | None) -> None:
    assert target_of(name) == target


def test_an_absolute_path_does_not_start_at_the_base(tmp_path: Path) -> None:
    put(tmp_path, "a/plugin.so")
    found = find(str(tmp_path / "a" / "plugin.so"), tmp_path / "b", "v5.3.0")
    assert found == tmp_path / "a" / "plugin.so"


def test_the_folder_of_its_sources_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "plugin/main.go", f"plugin_v5.3.0_{HERE}.so")
    assert find("plugin", tmp_path, "v5.3.0").name == f"plugin_v5.3.0_{HERE}.so"


def test_a_folder_alone_is_found_so_that_it_can_be_refused(tmp_path: Path) -> None:
    put(tmp_path, "plugin.so/main.go")
    assert find("plugin.so", tmp_path, "v5.3.0") == tmp_path / "plugin.so"


def test_a_file_that_can_not_be_looked_at_is_found_so_that_it_can_be_refused(
    tmp_path: Path,
) -> None:
    os.symlink("plugin.so", tmp_path / "plugin.so")
    assert find("plugin.so", tmp_path, "v5.3.0") == tmp_path / "plugin.so"


def test_a_folder_that_can_not_be_entered(tmp_path: Path) -> None:
    put(tmp_path, "inner/plugin.so")
    with as_somebody_without_rights(tmp_path / "inner"):
        file = find("inner/plugin.so", tmp_path, "v5.3.0")
        with pytest.raises(LoadError, match=r"^p\.so: cannot be read by user \d+; it needs mode 4"):
            open_library(file, "p.so")


def refusal(path: str, base: Path) -> str:
    with pytest.raises(LoadError) as refused:
        find(path, base, "v5.3.0")
    return str(refused.value)


def test_when_there_is_none_all_names_are_told(tmp_path: Path) -> None:
    assert refusal("p.so", tmp_path) == (
        f"p.so: no such file in {tmp_path}; tried p.so, p_v5.3.0_{HERE}.so and p_5.3.0_{HERE}.so"
    )


def test_and_what_else_is_there(tmp_path: Path) -> None:
    put(tmp_path, "other.so", "notes.txt")
    assert refusal("p.so", tmp_path).endswith(f"p_5.3.0_{HERE}.so; there is other.so")
    put(tmp_path, *(f"x{number}.so" for number in range(6)))
    assert refusal("p.so", tmp_path).endswith("there is other.so, x0.so, x1.so, x2.so, x3.so and 2"
                                              " more")  # fmt: skip


@pytest.mark.parametrize("path", ["a\0b.so", "x" * 300 + ".so", "no/such/folder/p.so"])
def test_a_path_that_can_not_be(tmp_path: Path, path: str) -> None:
    assert "no such file" in refusal(path, tmp_path)


def test_architectures_have_the_names_of_go() -> None:
    assert machine_name(62, 64, "little") == "amd64"
    assert machine_name(183, 64, "little") == "arm64"
    assert machine_name(9999, 32, "big") == "machine 9999 (32 bits, big endian)"
