"""What the shell proposes after Tab: ids of traces, experiments, columns of filters.

Whatever goes wrong here proposes nothing: a shell has no place for an error in the middle of a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import typer

import spanloom
from spanloom.cli.formats import elapsed, one_line
from spanloom.cli.lookup import find_trace
from spanloom.cli.stores import open_existing
from spanloom.store.search import COLUMNS

__all__ = ["complete_assessment_id", "complete_experiment", "complete_filter", "complete_trace_id"]

_NEWEST = 50
"""Traces looked at; a shell waits for the answer."""

_LAST_WORD = re.compile(r"(?P<before>.*?)(?P<word>[A-Za-z_.]*)\Z", re.DOTALL)
_IN_QUOTES = re.compile(r"'(?:[^']|'')*\Z")


def complete_trace_id(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Propose `last` and the newest traces, each with its name."""
    found = _quietly(ctx, lambda: spanloom.search_traces(max_results=_NEWEST, include_spans=False))
    infos = [trace.info for trace in found]
    proposed = [
        ("last", "the newest trace"),
        *((info.trace_id, f"{one_line(info.name, 40)}, {elapsed(info.request_time)}") for info in infos),
    ]
    return [(value, about) for value, about in proposed if value.startswith(incomplete.lower())]


def complete_assessment_id(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Propose the feedback and the expectations of the trace that was named before."""
    trace = _quietly(ctx, lambda: find_trace(ctx.params["trace_id"]))
    said = trace.info.assessments if trace else []
    proposed = [(each.assessment_id or "", one_line(f"{each.type} {each.name}", 60)) for each in said]
    return [(value, about) for value, about in proposed if value.startswith(incomplete)]


def complete_experiment(ctx: typer.Context, incomplete: str) -> list[str]:
    """Propose the experiments of the newest traces."""
    found = _quietly(ctx, lambda: spanloom.search_traces(max_results=20 * _NEWEST, include_spans=False))
    names = dict.fromkeys(trace.info.experiment for trace in found)
    return [name for name in names if name.startswith(incomplete)]


def complete_filter(incomplete: str) -> list[tuple[str, str]]:
    """Propose columns for the word that is being written, unless it is a value in quotes."""
    quotes = _IN_QUOTES.search(incomplete)
    split = _LAST_WORD.fullmatch(incomplete)
    if split is None or (quotes is not None and incomplete[: quotes.start()].count("'") % 2 == 0):
        return []
    columns = [(f"{column.name}{'.' if column.keyed else ''}", column.meaning) for column in COLUMNS]
    return [
        (split["before"] + name, meaning.replace("`", ""))
        for name, meaning in columns
        if name.startswith(split["word"])
    ]


def _quietly(ctx: typer.Context, search: Callable[[], Any]) -> Any:
    try:
        open_existing(ctx.params.get("store"))
        return search()
    except Exception:
        return []
