"""``tyk import``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.support import left_out, unenforced
from twisted_tyk.apidef.validate import invalid
from twisted_tyk.cli.output import Refused, say
from twisted_tyk.importer.definition import new_definition, version_of, with_version
from twisted_tyk.importer.described import Described, described
from twisted_tyk.importer.source import read_description
from twisted_tyk.jsonfile import ConfigError, Document, decode, make_converter, structure

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("import", short_help="Make an API definition of a Swagger or OpenAPI file.")
@click.argument("file", type=_FILE)
@click.option("--swagger", is_flag=True, help="FILE is Swagger 2.0 or OpenAPI 3, JSON or YAML.")
@click.option("--blueprint", is_flag=True, help="FILE is API Blueprint; not supported.")
@click.option("--wsdl", is_flag=True, help="FILE is WSDL; not supported.")
@click.option("--port-names", metavar="NAMES", help="Of WSDL; not supported.")
@click.option("--create-api", is_flag=True, help="Make a definition of its own.")
@click.option("--org-id", metavar="ID", help="The organisation that owns it.")
@click.option("--upstream-target", metavar="URL", help="Of its upstream.")
@click.option("--as-mock", is_flag=True, help="Answer with the examples of FILE; not supported.")
@click.option("--for-api", metavar="PATH", type=_FILE, help="A definition to put a version into.")
@click.option("--as-version", metavar="VERSION", help="The name of that version.")
@click.option("--any-path", is_flag=True, help="Let paths through that FILE does not have; ours.")
def import_command(file: Path, any_path: bool, **options: Any) -> None:
    """Make an API definition of a Swagger or OpenAPI file, and print it.

    The options are those of Tyk's command of this name:

    \b
      tyk import FILE --swagger --create-api --org-id ID --upstream-target URL
      tyk import FILE --swagger --for-api PATH --as-version VERSION

    What this version of the gateway would not do is told on standard error.
    """
    _check(options)
    try:
        api = described(read_description(file))
    except ConfigError as error:
        raise Refused(str(error)) from None
    except ValueError as error:
        raise Refused(f"{file}: {error}") from None
    version = version_of(api, any_path)
    made = _created(api, version, options) if options["create_api"] else _added(version, options)
    text = json.dumps(made, indent=4, ensure_ascii=False)
    try:
        document = decode(text.encode(), "definition")
    except UnicodeEncodeError:
        raise Refused(f"{file}, or an option, has half of a character in it") from None
    click.echo(text)
    for line in _not_done(document, options["create_api"]):
        say(line, err=True)


def _check(options: dict[str, Any]) -> None:
    """:raises UsageError: when they do not go together. :raises Refused: for what there is not."""
    for name in ("blueprint", "wsdl", "port_names", "as_mock"):
        if options[name]:
            option = name.replace("_", "-")
            raise Refused(f"--{option}: not supported; Swagger and OpenAPI are, without mocks")
    if not options["swagger"]:
        raise click.UsageError("expected --swagger, which says what FILE is")
    whole = options["org_id"] and options["upstream_target"]
    part = options["for_api"] and options["as_version"]
    if options["create_api"]:
        if not whole or options["for_api"] or options["as_version"]:
            raise click.UsageError("--create-api: goes with --org-id and --upstream-target alone")
    elif not part or options["org_id"] or options["upstream_target"]:
        raise click.UsageError(
            "expected --create-api --org-id ID --upstream-target URL, "
            "or --for-api PATH --as-version VERSION"
        )


def _created(api: Described, version: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    return new_definition(api, version, uuid4().hex, options["org_id"], options["upstream_target"])


def _added(version: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    file = options["for_api"]
    try:
        document = decode(file.read_bytes(), str(file))
        return with_version(document.value, options["as_version"], version)
    except OSError as error:
        raise Refused(f"{file}: cannot be read: {error.strerror}") from None
    except ConfigError as error:
        raise Refused(str(error)) from None
    except ValueError as error:
        raise Refused(f"{file}: {error}") from None


def _not_done(document: Document, whole: bool) -> Iterator[str]:
    """What a gateway would say of the definition. The lines are those that were printed.

    :param whole: not so of a definition that may have references, which are not looked up.
    """
    try:
        definition, _ = structure(document, ApiDefinition, make_converter())
    except ConfigError as error:
        yield from map(str, error.problems)
        return
    if whole:
        yield from map(str, invalid(document, definition))
    yield from map(str, unenforced(document, definition))
    yield from map(str, left_out(document, definition))
