"""Third-party modules, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from building import BuildPlugin

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


def wanted(manifest: Manifest) -> dict[str, set[str]]:
    return {name: set(each.needs) for name, each in manifest.functions.items()}
