"""Prompts as tables and texts in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.text import Text

from spanloom.cli.formats import elapsed, local_time, one_line, printable
from spanloom.cli.tables import Column, FittedTable, difference_line, pairs
from spanloom.cli.terminal import is_plain
from spanloom.prompts import Prompt, PromptVersion
from spanloom.prompts.difference import as_text

__all__ = ["diff_page", "prompt_list", "version_page"]


def prompt_list(prompts: Sequence[Prompt], console: Console) -> FittedTable:
    """Return the table."""
    plain = is_plain(console)
    table = FittedTable(
        Column("NAME", least=24),
        "LATEST",
        Column("CREATED" if plain else "WHEN", rank=2),
        Column("ALIASES", least=12, rank=1),
        Column("TAGS", least=12, rank=3),
    )
    for prompt in prompts:
        created = prompt.creation_timestamp
        table.add_row(
            Text(prompt.name),
            "-" if prompt.latest_version is None else str(prompt.latest_version),
            local_time(created).isoformat(timespec="seconds") if plain else elapsed(created),
            Text(pairs(prompt.aliases)),
            Text(pairs(prompt.tags)),
        )
    return table


def version_page(prompt: PromptVersion, versions: Sequence[PromptVersion]) -> Group:
    """Return everything `spanloom prompts show` prints."""
    aliases = "".join(f" @{alias}" for alias in prompt.aliases)
    when = f"{local_time(prompt.creation_timestamp):%Y-%m-%d %H:%M:%S}"
    facts = [when, prompt.user_id, prompt.commit_message, ", ".join(f"{key}={tag}" for key, tag in prompt.tags.items())]
    parts: list[RenderableType] = [
        Text.assemble((prompt.uri, "bold"), (aliases, "green")),
        Text(one_line(" · ".join(fact for fact in facts if fact), 300), "dim"),
    ]
    if prompt.variables:
        parts.append(Text(f"variables: {', '.join(sorted(prompt.variables))}", "dim"))
    parts += [Text(), Text(printable(as_text(prompt)))]
    if len(versions) > 1:
        table = FittedTable(
            "VERSION",
            Column("WHEN", rank=3),
            Column("BY", least=8, rank=4),
            Column("ALIASES", least=12, rank=2),
            Column("MESSAGE", least=16, rank=1),
        )
        for each in versions:
            cells = (each.user_id or "-", " ".join(each.aliases) or "-", one_line(each.commit_message or "-", 80))
            style = "bold" if each.version == prompt.version else ""
            table.add_row(str(each.version), elapsed(each.creation_timestamp), *map(Text, cells), style=style)
        parts += [Text(), table]
    return Group(*parts)


def diff_page(first: PromptVersion, second: PromptVersion) -> RenderableType:
    """Return what is different, in colours."""
    difference = first.diff(second)
    if not difference:
        return Text(f"{first.uri} and {second.uri} are alike.")
    return Text("\n").join(map(difference_line, difference.split("\n")))
