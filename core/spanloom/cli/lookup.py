"""Finding the trace that a person means: by id, by the start of an id, or simply the last one."""

from __future__ import annotations

import os

import spanloom
from spanloom.cli.formats import one_line
from spanloom.errors import SpanloomError
from spanloom.tracing.traces import Trace, TraceInfo

__all__ = ["TraceNotFoundError", "find_trace"]

_SEARCHED = 10_000
"""How many of the newest traces are looked through for a prefix."""

_SUGGESTED = 5


class TraceNotFoundError(SpanloomError):
    """No trace, or more than one, is meant by an id."""


def find_trace(wanted: str) -> Trace:
    """Return the trace with this id or unambiguous start of an id, or the newest one for `last`.

    Raises:
        TraceNotFoundError: If there is none, or several; the message lists those that come near.
    """
    if wanted == "last":
        newest = spanloom.search_traces(max_results=1)
        if not newest:
            raise TraceNotFoundError("the store holds no trace yet; `spanloom demo` makes one")
        return newest[0]
    wanted = wanted.lower()
    trace = spanloom.get_trace(wanted)
    if trace is not None:
        return trace
    infos = [trace.info for trace in spanloom.search_traces(max_results=_SEARCHED, include_spans=False)]
    fitting = [info for info in infos if info.trace_id.startswith(wanted)] if wanted else []
    if len(fitting) == 1:
        found = spanloom.get_trace(fitting[0].trace_id)
        if found is not None:
            return found
    raise TraceNotFoundError(_explain(wanted, fitting, infos))


def _explain(wanted: str, fitting: list[TraceInfo], infos: list[TraceInfo]) -> str:
    if fitting:
        return f"{len(fitting)} traces begin with {wanted!r}; give more digits:\n{_lines(fitting)}"
    if not infos:
        return f"there is no trace {wanted!r}: the store holds none yet; `spanloom demo` makes one"
    # Ids begin with the time: a common start means near in time, and the newest stay first among equals.
    near = sorted(infos, key=lambda info: -len(os.path.commonprefix([info.trace_id, wanted])))  # noqa: RUF071 - ids, not paths
    return f"there is no trace {wanted!r}. The nearest:\n{_lines(near)}"


def _lines(infos: list[TraceInfo]) -> str:
    lines = [f"  {info.trace_id}  {one_line(info.name, 60)}" for info in infos[:_SUGGESTED]]
    return "\n".join(lines)
