"""The table of supported frameworks in `docs/autologging.md`, derived from the plugin objects.

`python docs/support_table.py` writes it into the page.
"""

from __future__ import annotations

from pathlib import Path

from spanloom.instrument import Plugin
from spanloom.instrument.registry import find_plugins, load_plugin

PAGE = Path(__file__).parent / "autologging.md"
BEGIN, END = "<!-- support table -->\n", "<!-- end of support table -->\n"


def table() -> str:
    """Return the table in Markdown."""
    rows = [_row(load_plugin(name)) for name in find_plugins()]
    return "\n".join(["| name | package | versions | install | options |", "| --- " * 5 + "|", *rows]) + "\n"


def _row(plugin: Plugin) -> str:
    options = ", ".join(f"`{name}={default!r}`" for name, default in plugin.options.items())
    install = f"`pip install 'spanloom[{plugin.name.replace('_', '-')}]'`"
    return f"| `{plugin.name}` | {plugin.package} | {plugin.requires} | {install} | {options} |"


def with_table(page: str) -> str:
    """Return the page with the table as it should be."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{table()}{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
