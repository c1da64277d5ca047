"""What a function is sent follows from what it does with what it is given."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from twisted_tyk.build.contract import BuildError, Order
from twisted_tyk.build.discovery import Found, Sources, discover
from twisted_tyk.build.toolchain import find_go

HEAD = """
package main

import (
    "context"
    "io"
    "net/http"
    "net/http/httputil"

    "github.com/TykTechnologies/tyk-pump/analytics"
    tykctx "github.com/TykTechnologies/tyk/ctx"
    "github.com/TykTechnologies/tyk/request"
)
"""
REQUEST = "func F(rw http.ResponseWriter, r *http.Request)"
RESPONSE = "func F(rw http.ResponseWriter, res *http.Response, req *http.Request)"
EVERYTHING = {"body", "tls"}

Discover = Callable[[str], Sources]


@pytest.fixture
def discovered(tmp_path: Path, build_environ: Mapping[str, str]) -> Discover:
    """Looks at a source that follows the imports above."""

    def found(source: str) -> Sources:
        (tmp_path / "plugin.go").write_text(HEAD + textwrap.dedent(source), encoding="utf-8")
        cache = Path(build_environ["XDG_CACHE_HOME"]) / "twisted-tyk" / "build" / "needs"
        cache.mkdir(parents=True, exist_ok=True)
        order = Order(tmp_path, cache, build_environ, lambda line: None)
        return discover(order, find_go(build_environ))

    return found


def function(sources: Sources, name: str = "F") -> Found:
    return next(each for each in sources.functions if each.name == name)


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        ("", set()),
        ('r.Header.Set("A", "b")', set()),
        ('(r).Header.Set("A", "b"); r.URL.Path += r.Host + r.Method', set()),
        ("if r == nil || nil != (r) { return }", set()),
        ("_ = r", set()),
        ("go func() { _ = r.UserAgent() }()", set()),
        ("http.Redirect(rw, r, r.Referer(), 302)", set()),
        ("io.WriteString(rw, request.RealIP(r))", set()),
        ("r.Body = nil", set()),
        ("r.ContentLength, r.Body = 0, nil", set()),
        ("io.ReadAll(r.Body)", {"body"}),
        ("r.Body.Close()", {"body"}),
        ("var read = r.Body; _ = read", {"body"}),
        ("_ = r.ContentLength", {"body"}),
        ('_ = r.FormValue("a")', {"body"}),
        ("if r.ParseForm() != nil { return }", {"body"}),
        ("_ = r.TLS.ServerName", {"tls"}),
        ("*r = *r.WithContext(context.Background())", set()),
        ("r = r.WithContext(context.Background())", set()),
        ("(*r) = *(r).WithContext(r.Context())", set()),
        ("other := r.WithContext(r.Context()); _ = other", EVERYTHING),
        ("other := r; _ = other", EVERYTHING),
        ("other := *r; _ = other", EVERYTHING),
        ("_ = []*http.Request{r}", EVERYTHING),
        ("_ = r.Clone(r.Context())", EVERYTHING),
        ("_, _ = httputil.DumpRequest(r, true)", EVERYTHING),
        ("handler.ServeHTTP(rw, r)", EVERYTHING),
        ("look := func(*http.Request) {}; look(r)", EVERYTHING),
        # The same name, but another variable.
        ('{ r := &http.Request{}; _ = r.FormValue("a") }', set()),
        ("harmless(rw, r)", set()),
        ("reading(1, r)", {"body"}),
        ("around(r)", {"tls"}),
        ("many(r)", EVERYTHING),
        ("thing{}.look(r)", {"body"}),
    ],
)
def test_a_request(discovered: Discover, body: str, needs: set[str]) -> None:
    helpers = """
    type thing struct{}
    var handler http.Handler
    func (thing) look(q *http.Request) { q.ParseForm() }
    func harmless(http.ResponseWriter, *http.Request) {}
    func reading(n int, q *http.Request) { io.Copy(nil, q.Body) }
    func around(q *http.Request) { again(q) }
    func again(q *http.Request) { _ = q.TLS; around(q) }
    func many(q ...*http.Request) {}
    """
    sources = discovered(f"{REQUEST} {{ {body} }}\n{textwrap.dedent(helpers)}")
    assert function(sources).needs == needs


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        ('res.Header.Set("A", res.Status); res.StatusCode++', set()),
        ("res.Body = nil; res.ContentLength = 3", set()),
        ("io.ReadAll(res.Body)", {"body"}),
        ("_ = res.TLS", {"tls"}),
        ("_ = tykctx.GetSession(req)", {"session"}),
        ("_ = res.Request.URL; _ = req.URL", set()),
        ("_, _ = httputil.DumpResponse(res, true)", EVERYTHING),
        # The body that is sent on the way back is the response's.
        ("io.ReadAll(req.Body)", set()),
    ],
)
def test_a_response(discovered: Discover, body: str, needs: set[str]) -> None:
    sources = discovered(f"{RESPONSE} {{ {body} }}")
    assert function(sources).kind == "response"
    assert function(sources).needs == needs


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        ("_ = tykctx.GetSession(r)", {"session"}),
        ("tykctx.SetSession(r, nil, true)", {"session"}),
        ("_ = tykctx.GetAuthToken(r)", {"session"}),
        ("_ = tykctx.GetDefinition(r)", {"definition"}),
        ("_ = tykctx.GetOASDefinition(r)", {"definition"}),
        ("_ = r.Context().Value(tykctx.ContextData)", {"context"}),
        ("_ = r.Context().Value(tykctx.OASDefinition)", {"definition", "context"}),
        ('_ = r.Context().Value("mine")', {"context"}),
        ("_ = context.WithValue(r.Context(), tykctx.UrlRewriteTarget, nil)", {"context"}),
        ("_ = r.Context()", set()),
        ("helper(r)", {"session"}),
        ("_ = table", {"definition"}),
    ],
)
def test_what_the_gateway_has_besides(discovered: Discover, body: str, needs: set[str]) -> None:
    helpers = """
    var table = map[string]func(*http.Request){"a": other}
    func helper(q *http.Request) { _ = tykctx.GetSession(q) }
    func other(q *http.Request) { _ = tykctx.GetDefinition(q) }
    """
    sources = discovered(f"{REQUEST} {{ {body} }}\n{textwrap.dedent(helpers)}")
    assert function(sources).needs == needs


def test_what_init_has_set_up_may_be_reached_by_any_function(discovered: Discover) -> None:
    sources = discovered(
        f"""
        var hook func(*http.Request)
        func init() {{ hook = func(q *http.Request) {{ _ = tykctx.GetSession(q) }} }}
        {REQUEST} {{ }}
        """
    )
    assert function(sources).needs == {"session"}


def test_a_record_is_all_that_an_analytics_function_gets(discovered: Discover) -> None:
    sources = discovered("func F(record *analytics.AnalyticsRecord) { record.Tags = nil }")
    assert (function(sources).kind, function(sources).needs) == ("analytics", frozenset())


def test_the_source_can_say_it_itself(discovered: Discover) -> None:
    sources = discovered(
        f"""
        // F is quick.
        //
        //tyk:needs session body
        //tyk:mode inline
        {REQUEST} {{ }}

        //tyk:needs none
        func G(rw http.ResponseWriter, r *http.Request) {{ r.ParseForm() }}
        """
    )
    assert function(sources) == Found(
        "F", "request", frozenset({"body", "session"}), "inline", True
    )
    assert function(sources, "G") == Found("G", "request", frozenset(), "", True)


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ("needs bdy", 'found need "bdy", expected some of body, session'),
        ("mode fast", "expected //tyk:mode and one of inline, pool, process"),
        ("need body", "found //tyk:need, expected //tyk:needs or //tyk:mode"),
    ],
)
def test_a_directive_that_is_none(discovered: Discover, directive: str, said: str) -> None:
    with pytest.raises(BuildError) as refused:
        discovered(f"//tyk:{directive}\n{REQUEST} {{ }}")
    assert said in refused.value.lines[0]
    assert "/plugin.go:14:1: " in refused.value.lines[0]


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ('web "net/http"', "A"),
        ('. "net/http"', "B"),
        ('. "github.com/TykTechnologies/tyk-pump/analytics"', "C"),
        ('"net/http"', "D"),
    ],
)
def test_names_of_imports(discovered: Discover, tmp_path: Path, imports: str, name: str) -> None:
    (tmp_path / "other.go").write_text(
        f"""package main
        import {imports}
        func A(web.ResponseWriter, *web.Request) {{}}
        func B(w ResponseWriter, r *Request) {{}}
        func C(*AnalyticsRecord) {{}}
        func D(w http.ResponseWriter, r *http.Request) {{}}
        """
    )
    assert [each.name for each in discovered(f"{REQUEST} {{ }}").functions] == [name, "F"]


def test_files_that_go_leaves_out(discovered: Discover, tmp_path: Path) -> None:
    hook = 'package main\nimport "net/http"\n' + REQUEST.replace("F(", "{}(") + " {{}}\n"
    (tmp_path / "a_test.go").write_text(hook.format("Test"))
    (tmp_path / "b_windows.go").write_text(hook.format("Windows"))
    (tmp_path / "c.go").write_text("//go:build nobody\n\n" + hook.format("Nobody"))
    (tmp_path / "d.go").write_text("//go:build goplugin\n\n" + hook.format("Tyk"))
    assert [each.name for each in discovered(f"{REQUEST} {{ }}").functions] == ["Tyk", "F"]


def test_an_import_that_nothing_uses_is_a_warning(discovered: Discover) -> None:
    sources = discovered(f"{REQUEST} {{ }}")
    assert [line.partition(": ")[2] for line in sources.warnings] == [
        f'"{path}" is imported and not used'
        for path in (
            "context",
            "io",
            "net/http/httputil",
            "github.com/TykTechnologies/tyk-pump/analytics",
            "github.com/TykTechnologies/tyk/ctx",
            "github.com/TykTechnologies/tyk/request",
        )
    ]
    assert sources.warnings[0].endswith('plugin.go:5:5: "context" is imported and not used')
    (copy,) = sources.copies.values()
    assert '\n    _ "context"\n' in copy
    assert '\n    "net/http"\n' in copy
    assert '\n    _ "github.com/TykTechnologies/tyk/ctx"\n' in copy


def test_a_near_miss_is_a_warning(discovered: Discover) -> None:
    sources = discovered(f"{REQUEST} {{ }}\nfunc G(r *http.Request) {{}}\nfunc Other() {{}}")
    (warning,) = [line for line in sources.warnings if "imported" not in line]
    assert "plugin.go:15:1: G is func(r *http.Request); expected func(http.Resp" in warning
