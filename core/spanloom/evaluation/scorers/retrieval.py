"""Scorers of what an agent retrieved, against the documents that it should have."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from spanloom.evaluation.documents import expected_documents, names_of, retrieved_documents
from spanloom.evaluation.scorers.verdict import rating, recorded
from spanloom.evaluation.scoring import Scorer
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.traces import Trace

__all__ = ["RetrievalPrecision", "RetrievalRecall"]


class RetrievalPrecision(Scorer):
    """Which part of the retrieved documents is among `expectations["expected_documents"]`: 0 to 1, 0 if there are none.

    Documents are those of all RETRIEVER spans; they are told by id, source or text.

    Attributes:
        k: Only the first so many of each retrieval count; `None` for all.

    Example:
        >>> RetrievalPrecision(k=3)(trace=trace, expectations={"expected_documents": ["cats.md"]}).value
        0.3333333333333333
    """

    name: str = "retrieval_precision"
    description: str | None = "Which part of the retrieved documents was expected."
    k: int | None = Field(default=None, ge=1)

    def __call__(self, *, trace: Trace | None, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        found = _first(recorded(self, trace), self.k)
        wanted = frozenset[str]().union(*map(names_of, expected_documents(expectations, self.name)))
        relevant = [document for document in found if document & wanted]
        rationale = f"{len(relevant)} of {len(found)} retrieved documents were expected."
        return rating(self, len(relevant) / len(found) if found else 0.0, rationale)


class RetrievalRecall(Scorer):
    """Which part of `expectations["expected_documents"]` was retrieved: 0 to 1. See `RetrievalPrecision`.

    Attributes:
        k: Only the first so many of each retrieval count; `None` for all.

    Example:
        >>> RetrievalRecall()(trace=trace, expectations={"expected_documents": ["cats.md", "dogs.md"]}).rationale
        "1 of 2 expected documents were retrieved; missing: 'dogs.md'."
    """

    name: str = "retrieval_recall"
    description: str | None = "Which part of the expected documents was retrieved."
    k: int | None = Field(default=None, ge=1)

    def __call__(self, *, trace: Trace | None, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        found = frozenset[str]().union(*_first(recorded(self, trace), self.k))
        wanted = [names_of(document) for document in expected_documents(expectations, self.name)]
        missing = [min(names, key=len, default="") for names in wanted if not names & found]
        rationale = f"{len(wanted) - len(missing)} of {len(wanted)} expected documents were retrieved"
        listed = f"; missing: {', '.join(map(repr, missing))}" if missing else ""
        return rating(self, 1 - len(missing) / len(wanted), f"{rationale}{listed}.")


def _first(trace: Trace, k: int | None) -> list[frozenset[str]]:
    return [names_of(document) for documents in retrieved_documents(trace) for document in documents[:k]]
