"""Third-party modules, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from building import BuildPlugin

from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.gosdk import own_modules
from twisted_tyk.native.manifest import Manifest

PLUGIN = """package main

import (
	"net/http"

	"a.example/vendored"
	"b.example/beside"
	"hooks/inner"
)

func F(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("A", vendored.Name+beside.Name)
	inner.Name(r.Header)
}

//tyk:needs tls
func G(rw http.ResponseWriter, r *http.Request) {}
"""
INNER = """package inner

import (
	"net/http"
	%s
)

func Name(h http.Header) {}
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("import_", "needs"),
    [("", set()), ('_ "github.com/TykTechnologies/tyk/ctx"', {"session", "definition", "context"})],
)
def test_modules_come_from_vendor_and_from_beside(
    tmp_path: Path,
    build_plugin: BuildPlugin,
    build_environ: Mapping[str, str],
    import_: str,
    needs: set[str],
) -> None:
    mine = tmp_path / "mine"
    files = {
        "plugin.go": PLUGIN,
        "inner/inner.go": INNER % import_,
        "go.mod": "module hooks\n\ngo 1.15\n\n"
        "require (\n\ta.example/vendored v1.0.0\n\tb.example/beside v0.1.0\n"
        "\tgithub.com/TykTechnologies/tyk v1.9.2-0.20210930081546-bda54b0f790c\n"
        "\tc.example/only/tyk/uses/it v1.0.0 // indirect\n)\n\n"
        "replace b.example/beside => ../beside\n",
        "vendor/modules.txt": "# a.example/vendored v1.0.0\n## explicit\na.example/vendored\n",
        "vendor/a.example/vendored/v.go": 'package vendored\n\nconst Name = "v"\n',
    }
    write(mine, files)
    write(
        tmp_path / "beside",
        {"go.mod": "module b.example/beside\n", "b.go": 'package beside\n\nconst Name = "b"\n'},
    )
    offline = {**build_environ, "GOPROXY": "off", "GOFLAGS": "-mod=vendor"}
    built = build_plugin(mine, environ=offline)
    left = {str(path.relative_to(mine)) for path in mine.rglob("*") if path.is_file()}
    assert left == {*files, "plugin.so"}
    assert all((mine / name).read_text(encoding="utf-8") == text for name, text in files.items())
    assert wanted(built.manifest) == {"F": needs, "G": {"tls"}}
    assert built.manifest.name == "hooks"


class TestLogrus:
    """Ours stands in until somebody needs more than it has."""

    @pytest.fixture
    def mine(self, tmp_path: Path) -> Path:
        """A plugin that needs more; beside it a logrus that has it."""
        larger = tmp_path / "logrus"
        shutil.copytree(own_modules()["github.com/sirupsen/logrus"], larger)
        (larger / "more.go").write_text("package logrus\n\nfunc More() string { return `a` }\n")
        hook = PLUGIN.partition("import")[0] + (
            'import (\n\t"net/http"\n\n\t"github.com/sirupsen/logrus"\n)\n\n'
            "func F(rw http.ResponseWriter, r *http.Request) {\n"
            "\tr.Header.Set(logrus.More(), r.Host)\n}\n"
        )
        write(tmp_path / "mine", {"plugin.go": hook})
        return tmp_path / "mine"

    def test_the_one_that_go_mod_names_is_taken(
        self, mine: Path, build_plugin: BuildPlugin, build_environ: Mapping[str, str]
    ) -> None:
        text = "module mine\n\ngo 1.21\n\nrequire github.com/TykTechnologies/tyk v1.9.2\n"
        text += "require github.com/sirupsen/logrus v1.9.3 // indirect\n"
        write(mine, {"go.mod": text + "replace github.com/sirupsen/logrus => ../logrus\n"})
        built = build_plugin(mine, environ={**build_environ, "GOPROXY": "off"})
        assert wanted(built.manifest) == {"F": set()}

    def test_without_it_people_are_told(self, mine: Path, build_plugin: BuildPlugin) -> None:
        with pytest.raises(BuildError, match=r"with `go get .*logrus` there the real one") as said:
            build_plugin(mine)
        assert said.value.lines[0].endswith("plugin.go:10:22: undefined: logrus.More")


def wanted(manifest: Manifest) -> dict[str, set[str]]:
    return {name: set(each.needs) for name, each in manifest.functions.items()}
