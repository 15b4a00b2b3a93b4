"""Evaluations and optimizations."""

from __future__ import annotations

import dspy
import pytest
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import outline

EXAMPLES = [
    dspy.Example(question=question, answer=answer).with_inputs("question")
    for question, answer in [("a", "A"), ("b", "B"), ("c", "no such letter")]
]


def exact(example, prediction, trace=None):
    return example.answer == prediction.answer


@pytest.fixture
def program(lm, fields):
    """Answers with the question in capitals."""

    def script(request):
        prompt = request.body["messages"][-1]["content"]
        return fields(answer=prompt.split("[[ ## question ## ]]\n")[1][0].upper())

    with dspy.context(lm=lm(script=script)):  # not `set_lm`: an optimizer makes programs of its own
        yield dspy.Predict("question -> answer")


def test_an_evaluation_has_the_score_and_those_of_the_examples(program, the_trace):
    dspy.Evaluate(devset=EXAMPLES, metric=exact, num_threads=2)(program)
    trace = the_trace()
    assert outline(trace) == snapshot("""\
EVALUATOR Evaluate
  CHAIN Predict
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse
  CHAIN Predict
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse
  CHAIN Predict
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse\
""")
    root = trace.data.spans[0]
    assert root.inputs == {"program": "Predict", "metric": "exact", "devset_size": 3, "num_threads": 2}
    assert root.attributes["dspy.score"] == root.outputs["score"] == 66.67
    assert root.outputs["results"][0] == {
        "example": {"question": "a", "answer": "A"},
        "prediction": {"answer": "A"},
        "score": True,
    }
    assert [row["score"] for row in root.outputs["results"]] == [True, True, False]


def test_what_is_evaluated_can_be_left_out(program, the_trace):
    spanloom.autolog("dspy", trace_evaluate=False)
    dspy.Evaluate(devset=EXAMPLES, metric=exact, num_threads=2)(program)
    assert outline(the_trace()) == "EVALUATOR Evaluate"
    assert spanloom.get_current_active_span() is None


def optimize(program):
    optimizer = dspy.BootstrapFewShotWithRandomSearch(
        metric=exact, max_bootstrapped_demos=1, max_labeled_demos=1, num_candidate_programs=1, num_threads=2
    )
    return optimizer.compile(program, trainset=EXAMPLES)


def test_an_optimization_has_the_scores_of_its_candidates_and_the_best_program(program, the_trace):
    best = optimize(program)
    trace = the_trace()
    assert outline(trace) == snapshot("""\
WORKFLOW BootstrapFewShotWithRandomSearch
  EVALUATOR Evaluate
  WORKFLOW LabeledFewShot
  EVALUATOR Evaluate
  WORKFLOW BootstrapFewShot
    WORKFLOW LabeledFewShot
  EVALUATOR Evaluate
  WORKFLOW BootstrapFewShot
    WORKFLOW LabeledFewShot
  EVALUATOR Evaluate\
""")
    root = trace.data.spans[0]
    assert root.inputs["optimizer"] == "BootstrapFewShotWithRandomSearch"
    assert (root.inputs["student"], root.inputs["trainset_size"]) == ("Predict", 3)
    assert root.inputs["parameters"]["metric"] == "exact"
    assert root.inputs["parameters"]["num_threads"] == 2
    evaluations = trace.search_spans(span_type="EVALUATOR")
    assert [row["score"] for row in root.outputs["scores"]] == [66.67] * len(evaluations)
    assert [row["span_id"] for row in root.outputs["scores"]] == [span.span_id for span in evaluations]
    assert [row["score"] for row in root.outputs["candidates"]] == [66.67] * len(evaluations)
    assert root.outputs["state"] == best.dump_state()
    assert root.attributes["dspy.score"] == 66.67
    assert "a secret" not in trace.to_json()


def test_all_of_an_optimization_can_be_traced(program, the_trace):
    spanloom.autolog("dspy", trace_compile=True)
    dspy.BootstrapFewShot(metric=exact, max_bootstrapped_demos=1, max_labeled_demos=0).compile(
        program, trainset=EXAMPLES[:1]
    )
    assert outline(the_trace()) == snapshot("""\
WORKFLOW BootstrapFewShot
  CHAIN Predict
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse\
""")


def test_tracing_is_back_after_an_optimization(program):
    optimize(program)
    program(question="a")
    assert [trace.info.name for trace in spanloom.search_traces()] == ["Predict", "BootstrapFewShotWithRandomSearch"]


def test_an_evaluation_that_fails_is_an_error(program, the_trace):
    def broken(example, prediction, trace=None):
        raise LookupError("no such metric")

    with pytest.raises(Exception, match="Execution cancelled"):
        dspy.Evaluate(devset=EXAMPLES, metric=broken, num_threads=1, max_errors=1)(program)
    root = the_trace().data.spans[0]
    assert (root.span_type, root.status) == ("EVALUATOR", "ERROR")
