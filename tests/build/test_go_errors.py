"""What people read when a Go plugin does not build: their own files and lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest
from building import BuildPlugin

from twisted_tyk.build.contract import BuildError
from twisted_tyk.native.machine import this_machine, this_system

HOOK = 'package main\n\nimport "net/http"\n\nfunc F(rw http.ResponseWriter, r *http.Request) {}\n'


class Refused(Protocol):
    """The error of building these files."""

    def __call__(self, files: Mapping[str, str], **keywords: object) -> BuildError: ...


@pytest.fixture
def refused(tmp_path: Path, build_plugin: BuildPlugin, monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Builds what can not be built; files are named as from the folder around."""
    monkeypatch.chdir(tmp_path)

    def made(files: Mapping[str, str], **keywords: object) -> BuildError:
        folder = Path("mine")
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        with pytest.raises(BuildError) as error:
            build_plugin(folder, **keywords)
        left = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
        assert left == set(files)
        return error.value

    return made


def with_import(path: str) -> str:
    return HOOK.replace('"net/http"', f'(\n\t"net/http"\n\t_ "{path}"\n)')


class TestSources:
    def test_a_syntax_error(self, refused: Refused) -> None:
        error = refused({"plugin.go": HOOK.replace("{}", "{ r.Header.Add( }")})
        assert str(error) == "mine: its sources can not be built as they are"
        assert error.lines[0].startswith("mine/plugin.go:5:")

    def test_another_package(self, refused: Refused) -> None:
        error = refused({"plugin.go": HOOK.replace("main", "mine", 1)})
        assert error.lines == ("mine/plugin.go:1:9: package mine; a plugin is package main",)

    def test_two_packages(self, refused: Refused) -> None:
        error = refused({"a.go": HOOK, "b.go": "package other\n"})
        assert error.lines == (
            "mine/b.go:1:1: package other, but a.go has package main: a folder holds one package",
        )

    def test_only_files_that_go_leaves_out(self, refused: Refused) -> None:
        error = refused({"plugin_test.go": HOOK, "plugin_windows.go": HOOK})
        assert "no Go file in it is built on this system" in str(error)

    def test_no_function_of_a_right_signature(self, refused: Refused) -> None:
        source = HOOK.replace(") {}", ") error { return nil }") + "func Helper() {}\n"
        error = refused({"plugin.go": source})
        assert "no function that an API could name; expected func(http.Resp" in str(error)
        assert error.lines == (
            "mine/plugin.go:5:1: F is func(rw http.ResponseWriter, r *http.Request) error",
            "mine/plugin.go:6:1: Helper is func()",
        )

    def test_nothing_is_exported(self, refused: Refused) -> None:
        error = refused({"plugin.go": HOOK.replace("F(", "f(")})
        assert "none is exported" in str(error)

    def test_a_file_that_is_not_there(self, refused: Refused, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "gone.go").symlink_to("nowhere.go")
        error = refused({"plugin.go": HOOK})
        assert error.lines == ("mine/gone.go:1:1: no such file or directory",)


class TestCompiler:
    def test_messages_name_the_line_and_column_of_the_user_s_file(self, refused: Refused) -> None:
        error = refused({"plugin.go": HOOK.replace("{}", "{ r.Header.Add(1) }")})
        assert str(error) == "mine: it does not compile"
        assert error.lines[0].startswith("mine/plugin.go:5:64: not enough arguments")

    def test_also_in_a_file_whose_init_is_renamed(self, refused: Refused) -> None:
        source = HOOK + "\nfunc init() { absent() }\n\nfunc init() {\n\tmissing()\n}\n"
        error = refused({"plugin.go": source})
        assert error.lines == (
            "mine/plugin.go:7:15: undefined: absent",
            "mine/plugin.go:10:2: undefined: missing",
        )

    def test_also_where_two_files_are_meant(self, refused: Refused) -> None:
        error = refused({"a.go": HOOK + "\nfunc init() {}\n", "b.go": HOOK})
        assert error.lines == (
            "mine/b.go:5:6: F redeclared in this block",
            "\tmine/a.go:5:6: other declaration of F",
        )

    def test_also_in_a_package_below(self, refused: Refused) -> None:
        files = {
            "go.mod": "module mine\n\ngo 1.21\n",
            "inner/inner.go": "package inner\n\nvar X int = absent\n",
            "plugin.go": with_import("mine/inner"),
        }
        assert refused(files).lines == ("mine/inner/inner.go:3:13: undefined: absent",)

    def test_no_c_compiler(self, refused: Refused, build_environ: Mapping[str, str]) -> None:
        error = refused({"plugin.go": HOOK}, environ={**build_environ, "CC": "no-such-compiler"})
        assert str(error).endswith("install gcc or clang, or set CC to one")

    def test_a_c_compiler_for_another_machine(
        self, refused: Refused, build_environ: Mapping[str, str]
    ) -> None:
        machine = "amd64" if this_machine() == "arm64" else "arm64"
        environ = {**build_environ, "GOARCH": machine, "CC": "no-such-compiler"}
        error = refused({"plugin.go": HOOK}, environ=environ)
        wanted = f"{this_system()}/{machine}"
        assert str(error).endswith(
            f"; GOOS and GOARCH ask for {wanted}, and CC must be a compiler for that"
        )
        assert "no-such-compiler" in error.lines[0]


class TestModules:
    def test_an_import_that_nobody_provides(
        self, refused: Refused, build_environ: Mapping[str, str]
    ) -> None:
        path = "missing.example/a/b"
        error = refused(
            {"plugin.go": with_import(path)}, environ={**build_environ, "GOPROXY": "off"}
        )
        assert f"nothing provides the import {path}; type `go get {path}` there" in str(error)
        assert error.lines[0].startswith("mine/plugin.go:5:2: ")

    def test_a_package_of_tyk_that_the_sdk_does_not_have(self, refused: Refused) -> None:
        error = refused({"plugin.go": with_import("github.com/TykTechnologies/tyk/gateway")})
        assert "the SDK has no package github.com/TykTechnologies/tyk/gateway" in str(error)
        assert ", ctx, " in str(error)
        assert error.lines == ("mine/plugin.go:5:2: github.com/TykTechnologies/tyk/gateway",)

    def test_a_newer_go_is_asked_for(self, refused: Refused) -> None:
        error = refused({"plugin.go": HOOK, "go.mod": "module mine\n\ngo 1.999\n"})
        assert "its modules need Go 1.999, and this is Go 1." in str(error)

    def test_a_wrong_go_mod(self, refused: Refused) -> None:
        error = refused({"plugin.go": HOOK, "go.mod": "module mine\n\nrequire x\n"})
        assert "not a valid go.mod" in str(error)

    def test_a_go_mod_with_a_commit(self, refused: Refused) -> None:
        """As it is in between, when it is made as Tyk's documents say."""
        replaced = "replace a.example/b => c.example/b 140640759f4b"
        error = refused({"plugin.go": HOOK, "go.mod": f"module mine\n\n{replaced}\n"})
        assert "go.mod: a version in it is not looked up yet; type `go mod tidy`" in str(error)
