"""`spanloom prompts`: look at prompts, compare and change them, take them to files and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import spanloom
from spanloom.cli.confirmation import confirm
from spanloom.cli.prompt_input import parse_tags, read_template
from spanloom.cli.prompt_tables import diff_page, prompt_list, version_page
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_options import JsonOption
from spanloom.errors import PromptError
from spanloom.prompts import PromptVersion
from spanloom.prompts.loading import find_version
from spanloom.prompts.names import parse_reference
from spanloom.prompts.rows import not_found

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at prompts, change them, take them to files and back.")

ReferenceArgument = Annotated[
    str, typer.Argument(metavar="PROMPT", help="A name (the newest version), name/3, name@alias, or a prompts:/ URI.")
]
NamesArgument = Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Which prompts; by default all.")]


@app.command("list")
def list_prompts(
    filter_string: Annotated[
        str | None,
        typer.Option("--filter", help="Only prompts that fit, e.g. \"name LIKE 'support-%' AND tags.team = 'a'\"."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many prompts.")] = 100,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List prompts, by name."""
    url = open_existing(store)
    found = spanloom.search_prompts(filter_string, limit)
    if as_json:
        show_json([prompt.to_dict() for prompt in found])
        return
    console = make_console()
    if found:
        show(console, prompt_list(found, console))
    elif filter_string:
        show(console, Text(f"No prompt in {place(url)} fits."))
    else:
        show(console, Text(f"No prompts yet in {place(url)}. `spanloom prompts register NAME FILE` makes one."))


@app.command("show")
def show_prompt(wanted: ReferenceArgument, as_json: JsonOption = False, store: StoreOption = None) -> None:
    """Show one version: its template, what it takes, and what else there is."""
    open_existing(store)
    prompt = _find(wanted)
    if as_json:
        show_json(prompt.to_dict())
    else:
        show(make_console(), version_page(prompt, spanloom.search_prompt_versions(prompt.name)))


@app.command("diff")
def diff(
    first: ReferenceArgument, second: ReferenceArgument, as_json: JsonOption = False, store: StoreOption = None
) -> None:
    """Show what is different between two versions, e.g. spanloom prompts diff greet/1 greet@production."""
    open_existing(store)
    before, after = _find(first), _find(second)
    if as_json:
        show_json({"first": before.to_dict(), "second": after.to_dict(), "diff": before.diff(after)})
    else:
        show(make_console(), diff_page(before, after))


@app.command("register")
def register(
    name: Annotated[str, typer.Argument(help="Letters, digits, hyphens, underscores and dots.")],
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE|-", help="A text; messages as .json; or an exported .md or .yaml; `-`: stdin."),
    ] = None,
    template: Annotated[str | None, typer.Option("--template", help="The text, instead of a file.")] = None,
    message: Annotated[str | None, typer.Option("--message", "-m", help="What changed.")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="May be given again.")] = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Store a prompt, or the next version of one that is there."""
    if (file is None) == (template is None):
        raise PromptError("give a FILE, `-` for standard input, or --template, e.g. --template 'Hello {{ name }}!'")
    given = read_template(name, file) if file is not None else PromptVersion(name, 0, template or "")
    spanloom.configure(store=store)
    prompt = spanloom.register_prompt(
        name,
        given.template,
        given.commit_message if message is None else message,
        {**given.tags, **parse_tags(tags or [])},
        given.response_format,
        given.model_config,
    )
    if as_json:
        show_json(prompt.to_dict())
    else:
        typer.echo(f"registered {prompt.uri}")


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="Where to: a folder per prompt, a file per version.")],
    names: NamesArgument = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Write prompts as files to read, edit and keep in git."""
    open_existing(store)
    written = [str(path) for path in spanloom.export_prompts(folder, names or None)]
    if as_json:
        show_json({"written": written})
    else:
        typer.echo("\n".join([*written, f"{len(written):,} {'file' if len(written) == 1 else 'files'} written"]))


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="The folder with one folder per prompt.")],
    names: NamesArgument = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Store the versions that are in files and not in the store yet: all of them or, on an error, none."""
    spanloom.configure(store=store)
    new = [prompt.uri for prompt in spanloom.import_prompts(folder, names or None)]
    if as_json:
        show_json({"registered": new})
    else:
        typer.echo("\n".join([*new, f"{len(new):,} new {'version' if len(new) == 1 else 'versions'}"]))


@app.command("alias")
def alias(
    wanted: ReferenceArgument,
    name: Annotated[str, typer.Argument(metavar="ALIAS", help="E.g. production.")],
    delete: Annotated[bool, typer.Option("--delete", help="Remove the alias of this prompt.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Let an alias mean a version, e.g. spanloom prompts alias greet/2 production."""
    open_existing(store)
    prompt = _find(wanted)
    if delete:
        spanloom.delete_prompt_alias(prompt.name, name)
    else:
        spanloom.set_prompt_alias(prompt.name, name, prompt.version)
    changed = spanloom.get_prompt(prompt.name)
    if as_json:
        show_json({"name": prompt.name, "aliases": changed.aliases if changed is not None else {}})
    else:
        typer.echo(f"{prompt.name}@{name} is removed" if delete else f"{prompt.name}@{name} is {prompt.uri}")


@app.command("delete")
def delete(
    wanted: Annotated[str, typer.Argument(metavar="PROMPT", help="A name: the whole prompt; name/3: one version.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Delete a prompt with all its versions, or one version, for good."""
    url = open_existing(store)
    name = parse_reference(wanted).name
    version = None if wanted.removeprefix("prompts:/") == name else _find(wanted).version
    deleted = f"prompts:/{name}" if version is None else f"prompts:/{name}/{version}"
    if not yes:
        what = f"{deleted} with all its versions" if version is None else deleted
        confirm(f"Delete {what} from {place(url)}?")
    if version is None:
        spanloom.delete_prompt(name)
    else:
        spanloom.delete_prompt_version(name, version)
    if as_json:
        show_json({"deleted": deleted})
    else:
        typer.echo(f"{deleted} deleted")


def _find(wanted: str) -> PromptVersion:
    reference = parse_reference(wanted)
    found = find_version(reference)
    if found is None:
        raise not_found(reference)
    return found
