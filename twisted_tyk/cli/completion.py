"""``tyk completion``, and what shells are told that words may go on with."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from twisted_tyk.cli.facts import facts
from twisted_tyk.native.elf import ElfError
from twisted_tyk.plugins.driver import LoadError

#: A file or a folder. What is wrong with it is told by whoever opens it.
FILE: Final = click.Path(readable=False, path_type=Path)
#: What a shell sets when it asks.
_VARIABLE: Final = "_TYK_COMPLETE"


@click.command(short_help="Print what makes a shell complete words.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that makes SHELL complete commands, options, names and files.

    \b
      bash, in ~/.bashrc:  eval "$(tyk completion bash)"
      zsh, in ~/.zshrc:    eval "$(tyk completion zsh)"
      fish:                tyk completion fish > ~/.config/fish/completions/tyk.fish
    """
    root = ctx.find_root()
    made = get_completion_class(shell)
    assert made is not None, "click knows all that may be chosen"
    # Bash's own would start a bash to see how old it is.
    click.echo(ShellComplete.source(made(root.command, {}, str(root.info_name), _VARIABLE)))


def functions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The functions of the plugin, or the classes of the Python file, that was named before."""
    # An option that still has no value keeps click from giving arguments their names.
    named = ctx.params.get("file") or ctx.params.get("files") or next(iter(ctx.args), "")
    file = Path(str(named).partition(",")[0])
    try:
        names = _classes(file) if file.suffix == ".py" else list(facts(file).manifest.functions)
    except (LoadError, ElfError, OSError, SyntaxError, ValueError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def a_file(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For an option whose value may be a file, and need not."""
    return [CompletionItem(incomplete, type="file")]


def _classes(file: Path) -> list[str]:
    body = ast.parse(file.read_bytes()).body
    return [node.name for node in body if isinstance(node, ast.ClassDef)]
