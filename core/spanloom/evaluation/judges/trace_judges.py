"""Judges of how an answer came about; they read the trace."""

from __future__ import annotations

from typing import Any

from spanloom.errors import EvaluationError
from spanloom.evaluation.documents import document_text, retrieved_documents
from spanloom.evaluation.judges import prompts
from spanloom.evaluation.judges.judge import Judge
from spanloom.evaluation.judges.template import fill
from spanloom.evaluation.judges.trace_text import available_tools_as_text, tool_calls_as_text
from spanloom.evaluation.scorers.verdict import recorded, verdict
from spanloom.evaluation.texts import text_of
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.traces import Trace

__all__ = ["Groundedness", "RetrievalGroundedness", "ToolCallEfficiency"]


class Groundedness(Judge):
    """Whether what the answer states is supported by what the agent found.

    That is the documents of the RETRIEVER spans and, where there are none, what the TOOL spans gave.

    Example:
        >>> Groundedness()(trace=spanloom.get_trace(trace_id)).value
        'yes'
    """

    name: str = "groundedness"
    description: str | None = "Whether the answer is supported by what the agent found."

    def __call__(self, *, inputs: Any = None, outputs: Any = None, trace: Trace | None) -> Feedback:
        """Score one row; inputs and outputs are by default those of the trace."""
        trace = recorded(self, trace)
        texts = [document_text(document) for documents in retrieved_documents(trace) for document in documents]
        context = "\n\n".join(texts) or tool_calls_as_text(trace)
        if not context:
            raise EvaluationError(
                f"the judge {self.name!r} compares the answer with what was retrieved, and the trace has neither "
                "RETRIEVER nor TOOL spans; trace your own with @spanloom.trace(span_type='RETRIEVER')"
            )
        root = trace.data.spans[0]
        values = {
            "question": text_of(inputs if inputs is not None else root.inputs, "user"),
            "answer": text_of(outputs if outputs is not None else root.outputs),
            "context": context,
        }
        return self.ask(fill(prompts.GROUNDEDNESS, values))


class RetrievalGroundedness(Groundedness):
    """`Groundedness` by the name that MLflow gives it."""

    name: str = "retrieval_groundedness"


class ToolCallEfficiency(Judge):
    """Whether the agent called its tools without waste; `yes`, without a question to the model, if it called none.

    Example:
        >>> ToolCallEfficiency()(trace=spanloom.get_trace(trace_id)).rationale
        'get_weather was called twice with the same city.'
    """

    name: str = "tool_call_efficiency"
    description: str | None = "Whether the agent called its tools without waste."

    def __call__(self, *, inputs: Any = None, trace: Trace | None) -> Feedback:
        """Score one row; inputs are by default those of the trace."""
        trace = recorded(self, trace)
        calls = tool_calls_as_text(trace)
        if not calls:
            return verdict(self, passed=True, rationale="No tool was called.")
        values = {
            "question": text_of(inputs if inputs is not None else trace.data.spans[0].inputs, "user"),
            "available_tools": available_tools_as_text(trace),
            "tool_calls": calls,
        }
        return self.ask(fill(prompts.TOOL_CALL_EFFICIENCY, values))
