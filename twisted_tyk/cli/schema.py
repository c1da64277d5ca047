"""``tyk schema``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from twisted_tyk.cli.output import Refused, columns, say
from twisted_tyk.schema.files import FILES, schema


@click.command("schema", short_help="Print the JSON Schema of a kind of files, for editors.")
@click.argument("name", metavar="[NAME]", type=click.Choice(list(FILES)), required=False)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write."
)
@click.option("--strict", is_flag=True, help="Unknown keys are not valid; else they are let be.")
def schema_command(name: str | None, output: Path | None, strict: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of a kind of files. Without NAME, list them.

    What the schema finds wrong is what keeps the gateway from using a file because of a
    type, a range or a word. `tyk lint` finds the rest.
    """
    if name is None:
        if output is not None:
            raise click.UsageError(f"-o {output}: expected a NAME, of {', '.join(FILES)}")
        for line in columns([(each, file.title) for each, file in FILES.items()]):
            say(line)
        return
    text = json.dumps(schema(name, strict), indent=2, ensure_ascii=False)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise Refused(f"{output}: cannot be written: {error.strerror}") from None
    say(f"{output}: written")
