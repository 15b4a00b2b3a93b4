"""DSPy's own threads."""

from __future__ import annotations

import dspy
import numpy as np
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import outline


class Shout(dspy.Module):
    def forward(self, text):
        with spanloom.start_span("think"):
            return dspy.Prediction(text=text.upper())


class Crowd(dspy.Module):
    def __init__(self):
        super().__init__()
        self.shout = Shout()

    def forward(self, texts):
        with spanloom.start_span("all"):
            pairs = [(self.shout, {"text": text}) for text in texts]
            return dspy.Parallel(num_threads=2, disable_progress_bar=True)(pairs)


def test_parallel_work_stays_below_the_users_span(the_trace):
    with spanloom.start_span("request") as request:
        Crowd()(["a", "b"])
        assert spanloom.get_current_active_span() is request
    assert outline(the_trace()) == snapshot("""\
UNKNOWN request
  CHAIN Crowd
    UNKNOWN all
      CHAIN shout
        UNKNOWN think
      CHAIN shout
        UNKNOWN think\
""")


def test_traces_that_begin_in_the_threads_have_the_session_and_user():
    examples = [dspy.Example(text=text).with_inputs("text") for text in "ab"]
    with spanloom.tracing_context(session_id="s-1", user="ada"):
        Shout().batch(examples, num_threads=2, disable_progress_bar=True)
    infos = [trace.info for trace in spanloom.search_traces()]
    assert [(info.session_id, info.user) for info in infos] == [("s-1", "ada")] * 2


def test_nothing_is_traced_in_threads_where_tracing_is_disabled():
    with spanloom.tracing_disabled():
        Crowd()(["a", "b"])
    assert spanloom.search_traces() == []


def embed(texts):
    with spanloom.start_span("encode"):
        return np.array([[len(text), text.count("a")] for text in texts], dtype=np.float32)


def test_a_retriever_that_answers_in_batches_keeps_its_embeddings(the_trace):
    with spanloom.tracing_disabled():
        search = dspy.retrievers.Embeddings(["banana", "fig"], dspy.Embedder(embed, caching=False), k=1)
    try:
        assert search("bananas").passages == ["banana"]
    finally:
        search.search_fn.close()
    trace = the_trace()
    assert outline(trace) == snapshot("""\
RETRIEVER Embeddings
  EMBEDDING embeddings
    UNKNOWN encode\
""")
    retriever, embedding = trace.data.spans[:2]
    assert (retriever.inputs, retriever.outputs) == (
        {"query": "bananas"},
        [{"id": 0, "page_content": "banana", "metadata": {}}],
    )
    assert (embedding.inputs, embedding.outputs) == ({"input": ["bananas"]}, {"count": 1, "dimensions": 2})


def test_the_configured_retriever(the_trace):
    class Passage:
        long_text = "Paris is sunny."

    with dspy.context(rm=lambda query, k: [Passage()]):
        dspy.Retrieve(k=1)("Paris")
    (span,) = the_trace().data.spans
    assert (span.span_type, span.inputs) == ("RETRIEVER", {"query": "Paris"})
    assert span.outputs == [{"page_content": "Paris is sunny.", "metadata": {}}]
