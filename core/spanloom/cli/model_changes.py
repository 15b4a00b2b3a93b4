"""`spanloom models register`, `alias` and `delete`."""

from __future__ import annotations

from typing import Annotated

import typer

import spanloom
from spanloom.cli.confirmation import confirm
from spanloom.cli.model_lookup import ModelArgument, ReferenceArgument, find_version, model_uri
from spanloom.cli.prompt_input import parse_tags
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import show_json
from spanloom.cli.trace_options import JsonOption
from spanloom.models import (
    delete_model_version,
    delete_registered_model,
    delete_registered_model_alias,
    get_registered_model,
    register_model,
    set_registered_model_alias,
)
from spanloom.models.registry.references import SCHEME, parse_reference

__all__ = ["alias", "delete", "register"]


def register(
    model: ModelArgument,
    name: Annotated[str, typer.Argument(help="The registered model, which is made if it is not there.")],
    description: Annotated[str | None, typer.Option("--description", "-d", help="What to know about it.")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="May be given again.")] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Register a model as the next version of a name."""
    spanloom.configure(store=store)
    version = register_model(model_uri(model), name, tags=parse_tags(tags or []), description=description)
    if as_json:
        show_json(version.to_dict())
    else:
        typer.echo(f"registered {version.uri}")


def alias(
    wanted: ReferenceArgument,
    name: Annotated[str, typer.Argument(metavar="ALIAS", help="E.g. champion.")],
    delete: Annotated[bool, typer.Option("--delete", help="Remove the alias of this model.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Let an alias mean a version, e.g. spanloom models alias agent/2 champion."""
    open_existing(store)
    version = find_version(wanted)
    if delete:
        delete_registered_model_alias(version.name, name)
    else:
        set_registered_model_alias(version.name, name, version.version)
    if as_json:
        show_json({"name": version.name, "aliases": get_registered_model(version.name).aliases})
    else:
        typer.echo(f"{version.name}@{name} is {'removed' if delete else version.uri}")


def delete(
    wanted: Annotated[str, typer.Argument(metavar="NAME[/VERSION]", help="A name: all of it; name/3: one version.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Delete a registered model with all its versions, or one version, for good."""
    url = open_existing(store)
    name = parse_reference(wanted).name
    version = None if wanted.removeprefix(SCHEME) == name else find_version(wanted).version
    deleted = f"{SCHEME}{name}" if version is None else f"{SCHEME}{name}/{version}"
    if not yes:
        what = f"{deleted} with all its versions" if version is None else deleted
        confirm(f"Delete {what} from {place(url)}?")
    if version is None:
        delete_registered_model(name)
    else:
        delete_model_version(name, version)
    if as_json:
        show_json({"deleted": deleted})
    else:
        typer.echo(f"{deleted} deleted")
