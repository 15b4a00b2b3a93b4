"""What programs of every kind do and say, as items."""

from __future__ import annotations

import json
from typing import Literal

import dspy
import pytest
from dspy.experimental import Citations
from dspy.primitives.local_interpreter import LocalInterpreter

from spanloom.testing import Reply, ToolCall


def get_weather(city: str) -> str:
    """Tell the weather."""
    if city == "Atlantis":
        raise LookupError(f"no such city: {city}")
    return f"sunny in {city}"


def calls(*made: tuple[str, dict]) -> str:
    return json.dumps({"tool_calls": [{"name": name, "args": arguments} for name, arguments in made]})


@pytest.mark.parametrize(
    ("adapter", "text"),
    [
        (
            dspy.ChatAdapter(),
            "[[ ## reasoning ## ]]\nLook up.\n\n[[ ## answer ## ]]\nIt is\nsunny.\n\n[[ ## completed ## ]]",
        ),
        (dspy.JSONAdapter(), '{"reasoning": "Look up.", "answer": "It is\\nsunny."}'),
        (dspy.XMLAdapter(), "<reasoning>Look up.</reasoning>\n<answer>It is\nsunny.</answer>"),
    ],
    ids=["chat", "json", "xml"],
)
def test_answer_and_reasoning_come_while_they_are_written(ask, shape, adapter, text):
    response = ask(dspy.ChainOfThought("question -> answer"), Reply(text), options={"adapter": adapter})
    assert shape(response) == [("reasoning", "Look up."), ("text", "It is\nsunny.")]
    assert len(response.deltas) > 1
    assert response.custom_outputs is None


def test_react_thinks_calls_and_answers_and_tells_nothing_of_the_server(ask, shape, fields):
    program = dspy.ReAct("question -> answer", tools=[get_weather])
    response = ask(
        program,
        fields(next_thought="I'll ask.", next_tool_name="get_weather", next_tool_args='{"city": "Atlantis"}'),
        fields(next_thought="Enough.", next_tool_name="finish", next_tool_args="{}"),
        fields(reasoning="It sank.", answer="Wet."),
    )
    assert shape(response) == [
        ("reasoning", "I'll ask."),
        ("get_weather", '{"city": "Atlantis"}'),
        ("output", "LookupError: no such city: Atlantis"),
        ("reasoning", "Enough."),
        ("reasoning", "It sank."),
        ("text", "Wet."),
    ]
    assert response.usage.total_tokens == 36


def test_react_v2_without_native_function_calling_streams_what_it_submits(ask, shape, fields):
    program = dspy.ReActV2("question -> answer", tools=[get_weather])
    response = ask(
        program,
        fields(next_thought="Both.", tool_calls=calls(("get_weather", {"city": "Paris"}), ("get_time", {}))),
        fields(next_thought="Done.", tool_calls=calls(("submit", {"answer": "It is sunny in Paris."}))),
    )
    assert shape(response) == [
        ("reasoning", "Both."),
        ("get_weather", '{"city": "Paris"}'),
        ("get_time", "{}"),
        ("output", "sunny in Paris"),
        ("output", "Unknown tool: get_time"),
        ("reasoning", "Done."),
        ("text", "It is sunny in Paris."),
    ]
    assert len(response.deltas) > 1


def test_parallel_calls_keep_their_native_ids(ask):
    program = dspy.ReActV2("question -> answer", tools=[get_weather])
    both = [ToolCall("get_weather", {"city": city}, id=f"call_{city}") for city in ("Paris", "Oslo")]
    response = ask(
        program,
        Reply(tool_calls=both),
        Reply(tool_calls=[ToolCall("submit", {"answer": "Sunny."})]),
        options={"adapter": dspy.ChatAdapter(use_native_function_calling=True)},
    )
    items = response.model_dump(exclude_none=True)["output"]
    assert [(item["type"], item["call_id"]) for item in items[:4]] == [
        ("function_call", "call_Paris"),
        ("function_call", "call_Oslo"),
        ("function_call_output", "call_Paris"),
        ("function_call_output", "call_Oslo"),
    ]


def test_code_that_a_model_writes_and_what_it_prints(ask, shape, fields):
    program = dspy.RLM("question -> answer", tools=[get_weather], interpreter_factory=LocalInterpreter)
    response = ask(
        program,
        fields(reasoning="Look.", code="```python\nprint(get_weather(city='Paris'))\n```"),
        fields(reasoning="Say it.", code="```python\nSUBMIT('Sunny.')\n```"),
    )
    assert shape(response) == [
        ("reasoning", "Look."),
        ("python", '{"code": "print(get_weather(city=\'Paris\'))"}'),
        ("get_weather", '{"city": "Paris"}'),
        ("output", "sunny in Paris"),
        ("output", "sunny in Paris"),
        ("reasoning", "Say it."),
        ("python", '{"code": "SUBMIT(\'Sunny.\')"}'),
        ("output", '{"answer": "Sunny."}'),
        ("text", "Sunny."),
    ]


def test_code_act_prepares_its_tools_unseen(ask, shape, fields):
    with pytest.warns(DeprecationWarning, match="CodeAct is deprecated"):
        program = dspy.CodeAct("question -> answer", tools=[get_weather], interpreter_factory=LocalInterpreter)
    response = ask(
        program,
        fields(generated_code="```python\n1 / 0\n```", finished="True"),
        fields(reasoning="Hm.", answer="No idea."),
    )
    said = shape(response)
    assert [kind for kind, _ in said] == ["python", "output", "reasoning", "text"]
    assert said[1][1].startswith("CodeExecutionError: ZeroDivisionError")


def test_an_answer_of_a_type_and_several_outputs(ask, shape, fields):
    signature = dspy.Signature(
        {
            "question": (str, dspy.InputField()),
            "mood": (Literal["good", "bad"], dspy.OutputField()),
            "days": (list[int], dspy.OutputField()),
        }
    )
    reply = fields(mood="good", days="[1, 2]")
    response = ask(dspy.Predict(signature), reply, options={"output_field": "days"})
    assert shape(response) == [("text", "[1, 2]")]
    assert response.custom_outputs == {
        "structured_response": [1, 2],
        "prediction": {"mood": "good", "days": [1, 2]},
    }


def test_citations_are_annotations(ask, fields):
    signature = dspy.Signature("question -> answer").append("sources", dspy.OutputField(), Citations)
    cited = [
        {"cited_text": "sun", "document_index": 1, "document_title": "Log", "start_char_index": 0, "end_char_index": 3}
    ]
    response = ask(dspy.Predict(signature), fields(answer="Sunny.", sources=json.dumps(cited)))
    (message,) = response.model_dump(exclude_none=True)["output"]
    assert message["content"][0]["annotations"] == [
        {"type": "file_citation", "file_id": "Log", "filename": "Log", "index": 1}
    ]
    assert response.custom_outputs["source_nodes"] == [{"type": "char_location", **cited[0]}]


def test_an_answer_from_the_cache_is_still_one_delta_and_costs_nothing(ask, shape, fields, lm, tmp_path):
    reply = fields(answer=f"Sunny in {tmp_path.name}.")
    options = {"lm": lm.copy(cache=True)}
    asked = {"options": options, "input": str(tmp_path)}
    program = dspy.Predict("question -> answer")
    first, second = ask(program, reply, **asked), ask(program, **asked)
    assert shape(first) == shape(second) == [("text", f"Sunny in {tmp_path.name}.")]
    assert len(second.deltas) == 1
    assert (first.usage.total_tokens, second.usage) == (12, None)


def test_dspy_may_ask_again_for_json_as_long_as_nothing_was_shown(ask, shape):
    response = ask(dspy.Predict("question -> answer"), Reply("I just talk."), Reply('{"answer": "Sunny."}'))
    assert shape(response) == [("text", "Sunny.")]


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_was_cut_off_before_it_began_is_incomplete(ask, reason):
    options = {"adapter": dspy.ChatAdapter(use_json_adapter_fallback=False)}
    cut = Reply("[[ ## reasoning ## ]]\nWell", finish_reason=reason)
    response = ask(dspy.ChainOfThought("question -> answer"), cut, options=options)
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == {"length": "max_output_tokens"}.get(reason, reason)
