"""Modules of the user's own: what they take, where they run, which of their predictors has the word."""

from __future__ import annotations

import asyncio
import threading

import dspy
import pytest

import spanloom
from spanloom.agents.background import run_sync
from spanloom.errors import AgentError
from spanloom.testing import Reply


class TwoSteps(dspy.Module):
    def __init__(self, first: str = "question -> query", second: str = "query -> answer"):
        super().__init__()
        self.first = dspy.Predict(first)
        self.second = dspy.Predict(second)


class Threaded(TwoSteps):
    def forward(self, question):
        return self.second(query=self.first(question=question).query)


class Awaited(TwoSteps):
    async def aforward(self, question):
        return await self.second.acall(query=(await self.first.acall(question=question)).query)


class HalfAwaited(TwoSteps):
    async def aforward(self, question):
        return await self.second.acall(query=self.first(question=question).query)


class ForwardOfItsOwn(dspy.ChainOfThought):
    def forward(self, question):
        return dspy.Prediction(answer=super().forward(question=question).answer.upper())


@pytest.mark.parametrize("program", [Threaded, Awaited, HalfAwaited])
def test_the_last_predictor_streams_wherever_the_module_runs(ask, shape, fields, program):
    response = ask(program(), fields(query="weather paris"), fields(answer="It is sunny."))
    assert shape(response) == [("text", "It is sunny.")]
    assert len(response.deltas) > 1
    assert response.usage.total_tokens == 24


def test_what_the_module_returns_counts(ask, shape, fields):
    response = ask(ForwardOfItsOwn("question -> answer"), fields(reasoning="Hm.", answer="sunny."))
    assert shape(response) == [("reasoning", "Hm."), ("text", "sunny."), ("text", "SUNNY.")]


def test_predictors_in_dspys_own_threads(ask, shape, fields):
    class Both(TwoSteps):
        def forward(self, question):
            made = [(self.first, dspy.Example(question=word).with_inputs("question")) for word in question.split()]
            found = dspy.Parallel(num_threads=2, disable_progress_bar=True)(made)
            return self.second(query=" ".join(each.query for each in found))

    response = ask(Both(), fields(query="a"), fields(query="b"), fields(answer="It is sunny."), input="a b")
    assert shape(response) == [("text", "It is sunny.")]
    assert response.usage.total_tokens == 36


def test_a_draft_is_not_taken_for_the_answer(ask, shape, fields):
    class Improve(TwoSteps):
        def forward(self, question):
            return self.second(draft=self.first(question=question).answer)

    replies = [fields(answer="Sun."), fields(answer="It is sunny.")]
    program = Improve("question -> answer", "draft -> answer")
    response = ask(program, *replies)
    assert shape(response) == [("text", "It is sunny.")]
    assert response.deltas == ["It is sunny."]
    assert ask(program, *replies, options={"predictor": "second"}).deltas == ["It", " is", " sunny."]
    with pytest.raises(AgentError, match=r"no predictor of this name.*first, second"):
        ask(program, options={"predictor": "third"})


def test_inputs_beside_the_question_come_by_name(ask, shape):
    class Claims(dspy.Module):
        def forward(self, claim: str, context: str, limit: int = 3):
            return {"verdict": f"{claim} {context} {limit}"}

    with pytest.raises(AgentError, match="which input of Claims takes the user's message"):
        ask(Claims())
    with pytest.raises(AgentError, match=r"needs the input 'context'.*custom_inputs"):
        ask(Claims(), options={"input_field": "claim"})
    response = ask(Claims(), custom_inputs={"context": "c", "limit": 5, "unknown": 1})
    assert shape(response) == [("text", "Paris? c 5")]


def test_input_fn_and_output_fn(ask, shape, fields):
    options = {
        "input_fn": lambda request: {"question": request.input.upper()},
        "output_fn": lambda given: f"<{given.answer}>",
    }
    response = ask(dspy.Predict("question -> answer"), fields(answer="Sunny."), options=options)
    assert shape(response) == [("text", "<Sunny.>")]


def test_wrong_options_say_what_is_right():
    program = dspy.Predict("question -> answer")
    for options, message in [
        ({"lm": "openai/gpt"}, r"dspy\.LM\('openai/gpt'\)"),
        ({"adapter": 3}, "expected a DSPy adapter"),
        ({"input_field": 1}, "expected a name"),
    ]:
        with pytest.raises(AgentError, match=message):
            spanloom.wrap(program, **options)
    with pytest.raises(AgentError, match="no such input; the inputs: question"):
        spanloom.wrap(program, input_field="query").predict({"input": "hi"})


def test_settings_of_the_user_stay_and_are_used(ask, shape, fields, lm):
    seen = []

    class Mine(dspy.utils.BaseCallback):
        def on_lm_end(self, call_id, outputs, exception=None):
            seen.append(threading.current_thread().name)

    with dspy.context(lm=lm, callbacks=[Mine()]):
        response = ask(dspy.Predict("question -> answer"), fields(answer="Sunny."), options={"lm": None})
        assert len(dspy.settings.callbacks) == 1
    assert shape(response) == [("text", "Sunny.")]
    assert len(seen) == 1
    assert dspy.settings.lm is None


def test_another_agent_that_a_program_asks_is_none_of_its_parts(ask, server, shape, fields, lm):
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    inner = spanloom.wrap(dspy.ReAct("question -> answer", tools=[get_weather]), lm=lm)

    class Relay(dspy.Module):
        def forward(self, question: str):
            return inner.predict(input=question).output_text.upper()

    response = ask(
        Relay(),
        fields(next_thought="I'll ask.", next_tool_name="get_weather", next_tool_args='{"city": "Paris"}'),
        fields(next_thought="Enough.", next_tool_name="finish", next_tool_args="{}"),
        fields(reasoning="r", answer="Sunny."),
        instructions="For the relay only.",
    )
    assert shape(response) == [("text", "SUNNY.")]
    assert response.usage is None
    assert not any("For the relay only." in str(request.body) for request in server.requests)


def test_programs_that_wait_for_each_other_have_threads_enough():
    def nested(depth: int):
        inner = nested(depth - 1) if depth else None

        class Relay(dspy.Module):
            def forward(self, question: str):
                return question if inner is None else inner.predict(input=question).output_text

        return spanloom.wrap(Relay(), timeout=None if depth else 10)

    assert nested(45).predict(input="Paris?").output_text == "Paris?"


def test_a_synchronous_program_is_stopped_with_its_stream(server, lm):
    gate, ended, went_on = threading.Event(), threading.Event(), threading.Event()

    class Watched(TwoSteps):
        def forward(self, question):
            try:
                self.first(question=question)
                went_on.set()
            finally:
                ended.set()

    server.script([Reply("[[ ## query ## ]]\n" + "word " * 40, hold=gate, hold_after=9)])
    stream = spanloom.wrap(Watched(), lm=lm, output_field="query").predict_stream(input="Count.")
    next(event for event in stream if event.type == "response.output_text.delta")
    stream.close()
    gate.set()
    assert ended.wait(10)
    assert not went_on.is_set()
    assert run_sync(_others()) == set()


async def _others() -> set[str]:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return {repr(task) for task in ((await asyncio.wait(others, timeout=5))[1] if others else ())}
