"""The columns that filters may name: what each means, its type and unit, and MLflow's spellings."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from spanloom.tracing.attributes import (
    LINKED_PROMPTS,
    MLFLOW_KEYS,
    MLFLOW_PROMPTS,
    MLFLOW_TRACE_NAME,
    SOURCE_RUN,
    TOTAL_COST,
)

__all__ = [
    "COLUMNS",
    "SPAN_PREFIX",
    "TRACE_COLUMNS",
    "Column",
    "ColumnType",
    "Columns",
    "Reference",
    "near_names",
    "resolve",
]

SPAN_PREFIX: Final = "span."


class ColumnType(StrEnum):
    """What a column is compared with."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    JSON = "any"
    """Text, a number, true or false: the value was whatever somebody logged."""
    FULL_TEXT = "full text"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of traces or, if its name begins with `span.`, of their spans.

    Attributes:
        name: What the documentation calls it.
        type: What it is compared with.
        meaning: One line for the documentation, with the unit.
        aliases: Other spellings, MLflow's among them; lower case.
        keyed: Whether a key follows: `tags.env`.
        many: Whether a trace has several values: a condition holds if it does for one of them, a negated one if it
            does for none.
    """

    name: str
    type: ColumnType
    meaning: str
    aliases: tuple[str, ...] = ()
    keyed: bool = False
    many: bool = False

    @property
    def of_span(self) -> bool:
        """Whether one span is asked, not the trace."""
        return self.name.startswith(SPAN_PREFIX)


class Reference(NamedTuple):
    """A column, with its key if it has keys."""

    column: Column
    key: str | None = None

    @property
    def label(self) -> str:
        """The column as it stands in messages."""
        return self.column.name if self.key is None else f"{self.column.name}.{self.key}"


_TEXT, _NUMBER, _TIME, _JSON = ColumnType.TEXT, ColumnType.NUMBER, ColumnType.TIME, ColumnType.JSON

COLUMNS: Final = (
    Column(
        "status",
        _TEXT,
        "`OK`, `ERROR`, `CANCELLED` or `IN_PROGRESS`",
        ("state", "trace.status", "trace.state", "attributes.status", "attributes.state"),
    ),
    Column("name", _TEXT, "name of the root span", ("trace.name", "attributes.name")),
    Column("trace_id", _TEXT, "32 hex digits", ("request_id", "trace.trace_id", "attributes.request_id")),
    Column("experiment", _TEXT, "the experiment it is filed under", ("experiment_id", "trace.experiment_id")),
    Column(
        "duration_ms",
        _NUMBER,
        "milliseconds from begin to end of the root span; missing while in progress",
        (
            "execution_time_ms",
            "execution_time",
            "execution_duration",
            "trace.execution_time_ms",
            "attributes.execution_time_ms",
            "attributes.execution_time",
        ),
    ),
    Column(
        "start_time",
        _TIME,
        "when the root span began: an ISO 8601 text, or milliseconds since 1970",
        (
            "timestamp_ms",
            "timestamp",
            "request_time",
            "trace.timestamp_ms",
            "trace.timestamp",
            "attributes.timestamp_ms",
            "attributes.timestamp",
        ),
    ),
    Column(
        "end_time",
        _TIME,
        "when the root span ended, likewise; missing while in progress",
        ("end_time_ms", "trace.end_time", "trace.end_time_ms", "attributes.end_time", "attributes.end_time_ms"),
    ),
    Column("session", _TEXT, "the conversation it is part of", ("session_id", "metadata.mlflow.trace.session")),
    Column("user", _TEXT, "who asked", ("user_id", "metadata.mlflow.trace.user")),
    Column(
        "client_request_id",
        _TEXT,
        "the caller's own id of the request",
        ("trace.client_request_id", "attributes.client_request_id"),
    ),
    Column("request", _TEXT, "preview of what was asked", ("request_preview",)),
    Column("response", _TEXT, "preview of what was answered", ("response_preview",)),
    Column("total_tokens", _NUMBER, "tokens of all model calls", ("tokens",)),
    Column("input_tokens", _NUMBER, "tokens of the prompts, the cached ones included"),
    Column("output_tokens", _NUMBER, "tokens of the answers, reasoning included"),
    Column("cache_read_input_tokens", _NUMBER, "prompt tokens that the provider had cached"),
    Column("cache_creation_input_tokens", _NUMBER, "prompt tokens that the provider cached newly"),
    Column("reasoning_output_tokens", _NUMBER, "tokens of reasoning"),
    Column("cost", _NUMBER, "US dollars", ("cost_usd",)),
    Column("model", _TEXT, "a model that was asked for, in any span", many=True),
    Column(
        "prompt", _TEXT, "a prompt that was used: `name/version`, or `name` for any version", ("attributes.prompt",)
    ),
    Column("text", ColumnType.FULL_TEXT, "inputs and outputs of all spans", ("trace.text",), many=True),
    Column("tags", _TEXT, "the value of a tag", ("tag", "trace.tags"), keyed=True),
    Column("metadata", _TEXT, "the value of a metadata entry", ("request_metadata", "trace.metadata"), keyed=True),
    Column("feedback", _JSON, "the value of feedback of this name", keyed=True, many=True),
    Column("expectation", _JSON, "the value of an expectation of this name", keyed=True, many=True),
    Column("span.name", _TEXT, "name of a span"),
    Column("span.type", _TEXT, "such as `CHAT_MODEL` or `TOOL`", ("span.span_type", "span_type")),
    Column("span.status", _TEXT, "`OK`, `ERROR` or `CANCELLED`", ("span.status_code",)),
    Column("span.status_message", _TEXT, "text of the error", ("span.error",)),
    Column("span.id", _TEXT, "16 hex digits", ("span.span_id",)),
    Column("span.duration_ms", _NUMBER, "milliseconds from begin to end"),
    Column("span.model", _TEXT, "the model that was asked for"),
    Column("span.inputs", _TEXT, "inputs, as JSON text", ("span.input",)),
    Column("span.outputs", _TEXT, "outputs, as JSON text", ("span.output",)),
    Column("span.content", _TEXT, "name, inputs, outputs and attributes, as JSON text", ("span.text",)),
    Column("span.attributes", _JSON, "the value of an attribute", ("span.attribute",), keyed=True),
)

_RENAMED = {
    f"tags.{MLFLOW_TRACE_NAME}": "name",
    f"tags.{MLFLOW_PROMPTS}": f"tags.{LINKED_PROMPTS}",
    "metadata.mlflow.sourceRun": f"metadata.{SOURCE_RUN}",
    "run_id": f"metadata.{SOURCE_RUN}",
    "attributes.run_id": f"metadata.{SOURCE_RUN}",
    "span.attributes.mlflow.spanType": "span.type",
    "span.attributes.mlflow.spanInputs": "span.inputs",
    "span.attributes.mlflow.spanOutputs": "span.outputs",
    "span.attributes.mlflow.chat.tokenUsage": "span.attributes.gen_ai.usage.total_tokens",
    "span.attributes.mlflow.llm.cost": f"span.attributes.{TOTAL_COST}",
    **{f"span.attributes.{theirs}": f"span.attributes.{ours}" for theirs, ours in MLFLOW_KEYS.items()},
}
"""Facts that MLflow keeps elsewhere."""


class Columns:
    """What one kind of thing can be asked for: its columns by all their spellings.

    Args:
        columns: The columns.
        example: A condition on them, for messages.
        documentation: The page that lists them.
        renamed: What stands for a column or a key: `{"tags.mlflow.traceName": "name"}`.
    """

    def __init__(
        self,
        columns: Iterable[Column],
        *,
        example: str,
        documentation: str,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self.example = example
        self.documentation = documentation
        self._by_name = {name: column for column in columns for name in (column.name, *column.aliases)}
        self._renamed = renamed or {}

    def resolve(self, parts: Sequence[str]) -> Reference | None:
        """Return the column that a dotted name means, `None` if there is no such column.

        What follows the name of a keyed column is its key, further dots included.
        """
        known = self._by_name
        name = ".".join(parts)
        whole = known.get(name.lower())
        if whole is not None and not whole.keyed:
            return Reference(whole)
        for length in (1, 2):
            column = known.get(".".join(parts[:length]).lower())
            if column is not None and column.keyed and len(parts) > length:
                keyed = Reference(column, ".".join(parts[length:]))
                named = known.get(keyed.label)
                return Reference(named) if named is not None else self._elsewhere(keyed.label) or keyed
        return self._elsewhere(name)

    def _elsewhere(self, name: str) -> Reference | None:
        meant = self._renamed.get(name)
        return self.resolve(meant.split(".")) if meant is not None else None

    def near_names(self, name: str, known: Iterable[str] | None = None) -> list[str]:
        """Return up to three names that look like this one, the documented spelling of each."""
        spellings = list(self._by_name if known is None else known)
        found = difflib.get_close_matches(name.lower(), spellings, n=3, cutoff=0.6)
        return list(dict.fromkeys(map(self._documented, found)))

    def _documented(self, name: str) -> str:
        column = self._by_name.get(name)
        if column is None:
            return name
        return f"{column.name}.…" if column.keyed else column.name


TRACE_COLUMNS: Final = Columns(COLUMNS, example="status = 'ERROR'", documentation="docs/search.md", renamed=_RENAMED)
resolve = TRACE_COLUMNS.resolve
near_names = TRACE_COLUMNS.near_names
