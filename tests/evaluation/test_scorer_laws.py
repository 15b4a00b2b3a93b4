from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanloom.evaluation.judges.answer_format import Judgement
from spanloom.evaluation.judges.template import fill, variables_of
from spanloom.evaluation.judges.votes import decide
from spanloom.evaluation.scorers.tool_calls import _fits, _in_any_order, _in_order
from spanloom.evaluation.tool_calls import ToolCall

ARGUMENTS = st.none() | st.dictionaries(st.sampled_from("ab"), st.integers(0, 1))
WANTED = st.lists(st.builds(ToolCall, st.sampled_from("fg"), ARGUMENTS), max_size=4)
CALLS = st.lists(
    st.builds(ToolCall, st.sampled_from("fg"), st.dictionaries(st.sampled_from("ab"), st.integers(0, 1))), max_size=4
)


@given(WANTED, CALLS, st.booleans())
def test_every_expected_call_is_found_if_any_assignment_finds_it(
    wanted: list[ToolCall], calls: list[ToolCall], exact: bool
) -> None:
    assignments = permutations(range(len(calls)), len(wanted))
    possible = any(all(_fits(w, calls[i], exact=exact) for w, i in zip(wanted, a, strict=True)) for a in assignments)
    found = _in_any_order(wanted, calls, exact=exact)
    assert (len(found) == len(wanted)) is possible
    assert len(set(found.values())) == len(found)
    assert all(_fits(wanted[at], calls[i], exact=exact) for at, i in found.items())


@given(WANTED, CALLS, st.booleans())
def test_what_is_found_in_order_is_found_in_any_order(
    wanted: list[ToolCall], calls: list[ToolCall], exact: bool
) -> None:
    in_order = _in_order(wanted, calls, exact=exact)
    assert list(in_order.values()) == sorted(in_order.values())
    assert len(in_order) <= len(_in_any_order(wanted, calls, exact=exact))


@given(st.lists(st.sampled_from(["yes", "no"]), min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_votes_count_whatever_their_order_and_a_tie_is_no(values: list[str], random: Any) -> None:
    decided = decide([Judgement(value, f"says {value}") for value in values])
    assert decided.value == ("yes" if values.count("yes") > len(values) / 2 else "no")
    assert decided.rationale == f"says {decided.value}"
    random.shuffle(values)
    assert decide([Judgement(value, "") for value in values]).value == decided.value


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_the_mean_of_votes_is_between_them(values: list[float]) -> None:
    decided = decide([Judgement(value, str(value)) for value in values])
    assert min(values) - 1e-9 <= decided.value <= max(values) + 1e-9
    assert min(abs(value - decided.value) for value in values) == abs(float(decided.rationale) - decided.value)


def test_a_tie_of_other_values_is_what_was_said_first() -> None:
    votes = [Judgement("rude", "1"), Judgement("friendly", "2"), Judgement("friendly", "3"), Judgement("rude", "4")]
    assert decide(votes) == Judgement("rude", "1")
    assert decide([Judgement(True, "1"), Judgement(False, "2")]).value is False


@given(st.text(st.sampled_from("a</>{} answer")), st.text(st.sampled_from("a</>{} answer")))
def test_a_value_stays_in_its_place(answer: str, question: str) -> None:
    template = "<answer>{{ answer }}</answer><question>{{question}}</question>"
    prompt = fill(template, {"answer": answer, "question": question})
    assert prompt.partition("</answer>")[0] == "<answer>" + answer.replace("</answer>", "<\\/answer>")
    assert prompt.endswith("</question>")
    assert variables_of(template) == ["answer", "question"]
