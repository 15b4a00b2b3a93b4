"""The tables of the pages beside this file, derived from plugins, adapters, columns, commands and prompts of judges.

`python docs/support_table.py` writes them into the pages.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from spanloom.agents.wrap import find_adapters
from spanloom.evaluation.judges.prompts import AGAIN, PROMPTS, SYSTEM
from spanloom.instrument import Plugin
from spanloom.instrument.registry import find_plugins, load_plugin
from spanloom.store.search import COLUMNS

FOLDER = Path(__file__).parent


class Table(NamedTuple):
    """A table, and the page and the marker that it stands at."""

    page: str
    marker: str
    make: Callable[[], str]

    @property
    def path(self) -> Path:
        return FOLDER / self.page

    def written_into(self, page: str) -> str:
        """Return the page with the table as it should be."""
        begin, end = f"<!-- {self.marker} -->\n", f"<!-- end of {self.marker} -->\n"
        head, _, rest = page.partition(begin)
        return f"{head}{begin}{self.make()}{end}{rest.partition(end)[2]}"


def plugins() -> str:
    rows = [_plugin(load_plugin(name)) for name in find_plugins()]
    return _table("name | package | versions | install | options", rows)


def adapters() -> str:
    rows = [_adapter(name, adapter) for name, adapter in find_adapters().items()]
    return _table("name | native objects, their subclasses included | options", rows)


def columns() -> str:
    rows = [
        f"| `{column.name}{'.key' if column.keyed else ''}` | {column.type} | {column.meaning} | "
        f"{', '.join(f'`{alias}`' for alias in column.aliases)} |"
        for column in COLUMNS
    ]
    return _table("column | type | meaning | other spellings", rows)


def commands() -> str:
    from typer.main import get_command

    from spanloom.cli.app import app

    return _table("command | | `--json`", list(_commands(get_command(app), "spanloom")))


def judge_prompts() -> str:
    texts = {"System prompt of every judge": SYSTEM, **PROMPTS, "After an answer in another form": AGAIN}
    return "".join(f"**{name}**\n\n```text\n{text}\n```\n\n" for name, text in texts.items())


def _commands(command: Any, name: str) -> Iterator[str]:
    below = getattr(command, "commands", None)
    if below is None:
        document = any("--json" in parameter.opts for parameter in command.params)
        about = " ".join((command.help or "").partition("\n\n")[0].split())
        yield f"| `{name}` | {about} | {'yes' if document else ''} |"
    for each in sorted(below or ()):
        yield from _commands(below[each], f"{name} {each}")


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([f"| {head} |", "| --- " * (head.count("|") + 1) + "|", *rows]) + "\n"


def _plugin(plugin: Plugin) -> str:
    options = ", ".join(f"`{name}={default!r}`" for name, default in plugin.options.items())
    install = f"`pip install 'spanloom[{plugin.name.replace('_', '-')}]'`"
    return f"| `{plugin.name}` | {plugin.package} | {plugin.requires} | {install} | {options} |"


def _adapter(name: str, adapter: Any) -> str:
    targets = ", ".join(f"`{target.rpartition('.')[2]}`" for target in sorted(adapter.targets))
    options = ", ".join(f"`{field.name}`" for field in dataclasses.fields(adapter.options))
    return f"| `{name}` | {targets} | {options} |"


TABLES = (
    Table("autologging.md", "support table", plugins),
    Table("agents.md", "adapter table", adapters),
    Table("search.md", "column table", columns),
    Table("command_line.md", "command table", commands),
    Table("judges.md", "judge prompts", judge_prompts),
)

if __name__ == "__main__":
    for table in TABLES:
        table.path.write_text(table.written_into(table.path.read_text(encoding="utf-8")), encoding="utf-8")
