"""How tables look in a terminal: however narrow it is, what matters most is legible."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from spanloom.cli.formats import one_line, printable

__all__ = ["Column", "FittedTable", "difference_line", "pairs"]

_DIFFERENCE_COLORS = {"+": "green", "-": "red", "@": "cyan", "~": "yellow"}
_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        head: Its heading.
        least: To how many characters it may be shortened; by default it never is.
        rank: How soon it is left out where there is no room: 0 never, the highest first.
        right: Whether its cells stand to the right.
    """

    head: str
    least: int | None = None
    rank: int = 0
    right: bool = False


class FittedTable:
    """A table without lines that leaves out and shortens the columns that matter least, and says what it left out.

    Example:
        >>> table = FittedTable("ID", Column("NAME", least=20), Column("TAGS", least=12, rank=1))
        >>> table.add_row("01a1fea0", "weather", "team=maps")
    """

    def __init__(self, *columns: Column | str, show_header: bool = True) -> None:
        self._columns = [Column(column) if isinstance(column, str) else column for column in columns]
        self._rows: list[tuple[list[Text], str]] = []
        self._full = [max(1, Text(column.head).cell_len if show_header else 0) for column in self._columns]
        self._show_header = show_header

    def add_row(self, *cells: Text | str, style: str = "") -> None:
        """Add a line, with one cell for each column; blanks at a cell's end make the column as wide."""
        texts = [cell if isinstance(cell, Text) else Text(cell) for cell in cells]
        self._full = [max(full, text.cell_len) for full, text in zip(self._full, texts, strict=True)]
        for text in texts:
            text.rstrip()  # they are not worth an ellipsis
        self._rows.append((texts, style))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = self._widths(options.max_width)
        table = Table(
            box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim", show_header=self._show_header
        )
        for place, width in widths.items():
            column = self._columns[place]
            side: Literal["left", "right"] = "right" if column.right else "left"
            table.add_column(Text(column.head), justify=side, width=width, no_wrap=True, overflow="ellipsis")
        for cells, style in self._rows:
            table.add_row(*(cells[place] for place in widths), style=style)
        yield table
        absent = [column.head for place, column in enumerate(self._columns) if place not in widths and column.head]
        if absent and self._show_header:
            said = f"--json shows {len(absent):,} more column{'' if len(absent) == 1 else 's'}: {', '.join(absent)}"
            yield Text(said, "dim", no_wrap=True, overflow="ellipsis")

    def _widths(self, room: int) -> dict[int, int]:
        """Return how wide each column is that there is room for, by its place."""
        least = [
            full if column.least is None else min(full, column.least)
            for full, column in zip(self._full, self._columns, strict=True)
        ]
        chosen: list[int] = []
        for place in sorted(range(len(least)), key=lambda place: self._columns[place].rank):
            if self._columns[place].rank == 0 or _taken([least[each] for each in [*chosen, place]]) <= room:
                chosen.append(place)
        widths = {place: self._full[place] for place in sorted(chosen)}
        while _taken(widths.values()) > room and any(width > 1 for width in widths.values()):
            wide = [place for place in widths if widths[place] > least[place]] or list(widths)
            widths[max(wide, key=widths.__getitem__)] -= 1
        return widths


def _taken(widths: Collection[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def pairs(values: Mapping[str, Any]) -> str:
    """Return keys and values on one line."""
    return one_line(" ".join(f"{key}={value}" for key, value in values.items()) or "-", 80)


def difference_line(line: str) -> Text:
    """Return a line of a unified diff in the colour of its sign."""
    return Text(printable(line), _DIFFERENCE_COLORS.get(line[:1], ""))
