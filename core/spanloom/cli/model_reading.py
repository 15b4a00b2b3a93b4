"""`spanloom models list`, `show` and `diff`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from spanloom.cli.model_lookup import ModelArgument, ReferenceArgument, find_version, model_uri
from spanloom.cli.model_tables import diff_page, model_list, version_page
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_options import JsonOption
from spanloom.models import Model, resolve, search_model_versions, search_registered_models
from spanloom.models.registry.difference import compare

__all__ = ["diff", "list_models", "show_model"]


def list_models(
    filter_string: Annotated[
        str | None,
        typer.Option("--filter", help="Only models that fit, e.g. \"name LIKE 'search-%' AND tags.team = 'a'\"."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many models.")] = 100,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List registered models, by name."""
    url = open_existing(store)
    found = search_registered_models(limit, filter_string)
    if as_json:
        show_json([model.to_dict() for model in found])
        return
    console = make_console()
    if found:
        show(console, model_list(found, console))
    elif filter_string:
        show(console, Text(f"No registered model in {place(url)} fits."))
    else:
        show(
            console, Text(f"No registered models yet in {place(url)}. `spanloom models register MODEL NAME` makes one.")
        )


def show_model(wanted: ReferenceArgument, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Show one version, and which others there are."""
    open_existing(store)
    version = find_version(wanted)
    folder = resolve(version.uri)
    if as_json:
        show_json({**version.to_dict(), "path": str(folder), "mlmodel": Model.load(folder).to_dict()})
        return
    versions = search_model_versions(filter_string=f"name = '{version.name}'")
    show(make_console(), version_page(version, folder, versions))


def diff(first: ModelArgument, second: ModelArgument, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Compare two models: files, requirements, signature, metadata. E.g. spanloom models diff agent/1 agent/2."""
    open_existing(store)
    before, after = model_uri(first), model_uri(second)
    difference = compare(resolve(before), resolve(after))
    if as_json:
        show_json({"first": before, "second": after, **difference.to_dict()})
    else:
        show(make_console(), diff_page(before, after, difference))
