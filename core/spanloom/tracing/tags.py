"""`spanloom.set_trace_tag` and `spanloom.delete_trace_tag`. Names and arguments are MLflow's."""

from __future__ import annotations

from typing import Any

from spanloom.errors import NotFoundError
from spanloom.tracing.context import current_span
from spanloom.tracing.exporters import TraceQuery
from spanloom.tracing.ids import own_trace_id
from spanloom.tracing.labels import Labels
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.redact import Redactor
from spanloom.tracing.settings import settings
from spanloom.tracing.snapshot import storable_text
from spanloom.tracing.span import NOOP_SPAN, ActiveTrace

__all__ = ["delete_trace_tag", "set_trace_tag"]


def set_trace_tag(trace_id: str, key: str, value: Any) -> None:
    """Set a tag of a trace that has ended, or of the one that is active here; a former value is replaced.

    Args:
        trace_id: The trace.
        key: The tag.
        value: Kept as `str(value)`.

    Raises:
        NotFoundError: If there is no such trace.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.set_trace_tag(trace_id, "reviewed", "yes")
    """
    trace_id = own_trace_id(trace_id)
    if trace_id == NOOP_SPAN.trace_id:
        return  # of a trace that was not recorded: taken, and not kept
    active = _active(trace_id)
    tags = Labels(tags={key: value})
    if active is not None:
        tags.apply(active)
        return
    told = ActiveTrace("", trace_id)
    tags.apply(told)
    if settings.redact:
        Redactor(settings.redact).redact_trace(told)
    pipeline.flush()
    if not pipeline.store().tag_trace(trace_id, told.tags):
        raise _unknown(trace_id)


def delete_trace_tag(trace_id: str, key: str) -> None:
    """Delete a tag of a trace that has ended, or of the one that is active here.

    Raises:
        NotFoundError: If there is no such trace, or it has no such tag.
        StoreError: If the store can't be written.
    """
    trace_id, key = own_trace_id(trace_id), storable_text(key)
    if trace_id == NOOP_SPAN.trace_id:
        return
    active = _active(trace_id)
    tags = active.tags if active is not None else _stored_tags(trace_id)
    if key not in tags:
        raise NotFoundError(f"the trace {trace_id} has no tag {key!r}; it has {', '.join(tags) or 'none'}")
    if active is not None:
        active.tags = {name: value for name, value in tags.items() if name != key}
    else:
        pipeline.store().tag_trace(trace_id, {key: None})


def _active(trace_id: str) -> ActiveTrace | None:
    span = current_span()
    return span.active_trace if span is not None and span.is_recording and span.trace_id == trace_id else None


def _stored_tags(trace_id: str) -> dict[str, str]:
    pipeline.flush()
    found = pipeline.store().search_traces(TraceQuery(trace_ids=[trace_id], include_spans=False))
    if not found:
        raise _unknown(trace_id)
    return found[0].info.tags


def _unknown(trace_id: str) -> NotFoundError:
    return NotFoundError(
        f"there is no trace {trace_id!r} in the store; of one that runs, tags are set inside it, or with "
        "spanloom.update_current_trace(tags=…)"
    )
