"""The tool that plays the plugins of documents, with a page of our own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_seeds.py"

PAGE = """Plugins

Create a file plugin.go:

package main

import (
  "fmt"
  "net/http"
)

// AddFooBarHeader adds a header.
func AddFooBarHeader(rw http.ResponseWriter, r *http.Request) {
  fmt.Println("adding to", r.Header["User-Agent"]
  r.Header.Add("Foo", "Bar")
}

func main() {}

We see that it has one exported function. The next one has a mistake:

```go
package main

func Wrong() { absent(
```

And this one does something else than its page says:

package main
import "net/http"
func SendCurrentTime(rw http.ResponseWriter, r *http.Request) {}
"""


def check(folder: Path, environ: Mapping[str, str]) -> tuple[int, str]:
    command = [sys.executable, str(TOOL), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(environ))
    return done.returncode, done.stdout + done.stderr


def test_each_snippet_is_built_and_played(tmp_path: Path, build_environ: Mapping[str, str]) -> None:
    (tmp_path / "page.txt").write_text(PAGE)
    status, said = check(tmp_path, build_environ)
    assert "built   page.txt:5: AddFooBarHeader (" in said
    assert "; 1 parentheses put in)" in said
    assert "FAILED  page.txt:23: " in said
    assert "played  page.txt:5: AddFooBarHeader at post, 1 requests" in said
    assert "FAILED  page.txt:30: SendCurrentTime at pre, 2 requests" in said
    assert """GET /get?get_time=1 {}: body '{\\n  "args": {""" in said
    assert said.endswith("2 failed\n")
    assert status == 1


def test_without_the_pages_it_says_so(tmp_path: Path, build_environ: Mapping[str, str]) -> None:
    status, said = check(tmp_path / "gone", build_environ)
    assert (status, said) == (
        2,
        f"{tmp_path / 'gone'}: no such folder; name the one with the pages\n",
    )
