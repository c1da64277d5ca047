"""The ``go.mod`` of a build, beside those that people have."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.gomod import Module, read_module, written
from twisted_tyk.build.gosdk import own_modules
from twisted_tyk.build.toolchain import Go, find_go

#: As ``go mod init``, ``go mod edit -replace`` and ``go get`` of Tyk's documents leave it.
FOR_TYK = """\
module tyk_plugin

go 1.15

replace github.com/jensneuse/graphql-go-tools => github.com/TykTechnologies/graphql-go-tools v1.6.2

require (
	github.com/TykTechnologies/tyk v1.9.2-0.20210930081546-bda54b0f790c // indirect
	github.com/jensneuse/graphql-go-tools v1.6.2 // indirect
	github.com/buger/jsonparser v1.1.1
	gopkg.in/mgo.v2 v2.0.0-20190816093944-a6b53ec6cb22 // indirect
)
"""


@pytest.fixture
def go(build_environ: Mapping[str, str]) -> Go:
    return find_go(build_environ)


def read(file: Path, go: Go, text: str) -> dict[str, Any]:
    """What Go makes of the file that is written for one with this text."""
    (file / "go.mod").write_text(text, encoding="utf-8")
    module = read_module(file, go)
    return understood(module, go, file / "written")


def understood(module: Module, go: Go, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    (folder / "go.mod").write_text(written(module, own_modules()), encoding="utf-8")
    command = [go.command, "mod", "edit", "-json", "go.mod"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def required(said: dict[str, Any]) -> dict[str, str]:
    return {each["Path"]: each["Version"] for each in said["Require"]}


def replaced(said: dict[str, Any]) -> dict[str, str]:
    return {
        each["Old"]["Path"]: " ".join(
            filter(None, (each["New"]["Path"], each["New"].get("Version")))
        )
        for each in said["Replace"]
    }


def test_tyk_is_replaced_and_what_only_tyk_needs_is_left_out(tmp_path: Path, go: Go) -> None:
    said = read(tmp_path, go, FOR_TYK)
    assert (said["Module"]["Path"], said["Go"]) == ("tyk_plugin", "1.15")
    assert set(required(said)) == {*own_modules(), "github.com/buger/jsonparser"}
    assert replaced(said) == {
        **{path: str(folder) for path, folder in own_modules().items()},
        # Taken when something else needs it, and not looked for before.
        "gopkg.in/mgo.v2": "gopkg.in/mgo.v2 v2.0.0-20190816093944-a6b53ec6cb22",
    }


def test_without_tyk_everything_stays(tmp_path: Path, go: Go) -> None:
    text = "module a.example/x\nrequire a.example/b v1.0.0 // indirect\n"
    said = read(tmp_path, go, text + "exclude a.example/b v1.2.0\n")
    assert required(said)["a.example/b"] == "v1.0.0"
    assert said["Exclude"] == [{"Path": "a.example/b", "Version": "v1.2.0"}]


def test_the_user_s_own_replacements_stay(tmp_path: Path, go: Go) -> None:
    folder = tmp_path / "plug in"
    folder.mkdir()
    said = read(
        folder,
        go,
        FOR_TYK
        + "replace (\n"
        "	a.example/b v1.0.0 => ../b c\n"
        "	gopkg.in/mgo.v2 => other.example/mgo v1.0.0\n"
        "	github.com/TykTechnologies/tyk => ../tyk\n"
        ")\n".replace("../b c", '"../b c"'),
    )
    found = replaced(said)
    assert found["a.example/b"] == str(tmp_path / "b c")
    assert found["gopkg.in/mgo.v2"] == "other.example/mgo v1.0.0"
    assert found["github.com/TykTechnologies/tyk"] == str(
        own_modules()["github.com/TykTechnologies/tyk"]
    )


def test_the_module_may_begin_further_up(tmp_path: Path, go: Go) -> None:
    (tmp_path / "go.mod").write_text(FOR_TYK)
    inner = tmp_path / "plugins" / "one"
    inner.mkdir(parents=True)
    assert read_module(inner, go).root == tmp_path


def test_a_folder_without_one_gets_one(tmp_path: Path, go: Go) -> None:
    module = read_module(tmp_path, go)
    assert module.file is None
    said = understood(module, go, tmp_path / "written")
    assert (said["Module"]["Path"], said["Go"]) == ("tyk.internal/tyk_plugin", go.language)
    assert os.listdir(tmp_path) == ["written"]


def test_vendored_modules_are_taken_from_their_folders(tmp_path: Path, go: Go) -> None:
    for path in ("a.example/b", "a.example/b/inner", "github.com/sirupsen/logrus"):
        (tmp_path / "vendor" / path).mkdir(parents=True, exist_ok=True)
    (tmp_path / "vendor" / "modules.txt").write_text(
        "# a.example/b v1.0.0\n## explicit; go 1.17\na.example/b\n"
        "# a.example/b/inner v1.1.0 => ../inner\n## explicit\na.example/b/inner\n"
        "# a.example/unused v1.0.0\n## explicit\n"
        "# github.com/sirupsen/logrus v1.9.0\ngithub.com/sirupsen/logrus\n"
        "# a.example/b/inner => ../inner\n"
    )
    (tmp_path / "go.mod").write_text(FOR_TYK)
    module = read_module(tmp_path, go)
    assert [(each.path, each.version, each.language) for each in module.vendored] == [
        ("a.example/b", "v1.0.0", "1.17"),
        ("a.example/b/inner", "v1.1.0", "1.16"),
        ("github.com/sirupsen/logrus", "v1.9.0", "1.16"),
    ]
    assert module.wants_logrus()
    said = understood(module, go, tmp_path / "written")
    assert replaced(said)["a.example/b"] == str(tmp_path / "vendor" / "a.example" / "b")
    assert required(said)["a.example/b/inner"] == "v1.1.0"


@pytest.mark.parametrize(
    ("line", "wants", "names"),
    [
        ("", False, False),
        ("require github.com/sirupsen/logrus v1.9.0 // indirect\n", False, True),
        ("require github.com/sirupsen/logrus v1.9.0\n", True, True),
    ],
)
def test_who_asks_for_the_real_logrus_gets_it(
    tmp_path: Path, go: Go, line: str, wants: bool, names: bool
) -> None:
    (tmp_path / "go.mod").write_text(FOR_TYK + line)
    module = read_module(tmp_path, go)
    assert (module.wants_logrus(), module.names_logrus()) == (wants, names)


def test_a_wrong_go_mod_is_shown_where_it_is_wrong(tmp_path: Path, go: Go) -> None:
    (tmp_path / "go.mod").write_text("module x\nrequire y\n")
    with pytest.raises(BuildError, match=r"go\.mod: not a valid go\.mod") as refused:
        read_module(tmp_path, go)
    assert refused.value.lines[-1].startswith(f"{tmp_path}/go.mod:2: ")
