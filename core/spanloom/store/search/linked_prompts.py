"""`prompt`: the traces that used a prompt, by the tag that lists the prompts of a trace."""

from __future__ import annotations

import re

from spanloom.store.search.columns import Reference, resolve
from spanloom.store.search.tree import Comparison, Operator, Value
from spanloom.tracing.attributes import LINKED_PROMPTS

__all__ = ["PROMPT_OPERATORS", "on_linked_prompts"]

PROMPT_OPERATORS = frozenset({Operator.EQUAL, Operator.IN, Operator.IS_NULL})


def on_linked_prompts(comparison: Comparison) -> Comparison:
    """Return the condition on the tag that says what one on `prompt` means; any other as it is."""
    if comparison.reference.column.name != "prompt":
        return comparison
    if comparison.operator is Operator.IS_NULL:
        return Comparison(_tag(), Operator.IS_NULL, negated=comparison.negated)
    pattern = "|".join(map(_pattern, comparison.values))
    return Comparison(_tag(), Operator.RLIKE, (pattern,), comparison.negated)


def _tag() -> Reference:
    tag = resolve(["tags", LINKED_PROMPTS])
    assert tag is not None
    return tag


def _pattern(prompt: Value) -> str:
    """Return what stands in the list if the prompt does: a name, or a name and a version."""
    name, _, version = str(prompt).partition("/")
    number = f'{re.escape(version)}"' if version else ""
    # MLflow, whose traces come over OTLP, writes JSON with blanks.
    return f'"name": ?"{re.escape(name)}", ?"version": ?"{number}'
