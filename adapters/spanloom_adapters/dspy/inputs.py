"""A request as the inputs of a program, and what has to be added to its prompts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_origin

import dspy  # type: ignore[import-untyped]

from spanloom.errors import AgentError
from spanloom.schemas.converters.responses_to_chat import to_chat_completions_input
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.dspy.program import REACT_V2, Program, accepts, is_a
from spanloom_adapters.dspy.turns import Step, Turn, read_turns

__all__ = ["ProgramInput", "given_input", "program_input"]


class ProgramInput(NamedTuple):
    """What a program is run on.

    Attributes:
        values: Its inputs.
        system: What is added to the system prompts.
        history: Earlier turns that are put in front of the prompts, in the form of `dspy.History`.
        question: The input whose prompts they belong to.
        answer: The output that they answer with.
    """

    values: dict[str, Any]
    system: str = ""
    history: tuple[dict[str, Any], ...] = ()
    question: str = ""
    answer: str = ""


def given_input(program: Program, value: Any) -> ProgramInput:
    """Return what a program is run on when the user's `input_fn` made it: its inputs by name, or the question.

    Raises:
        AgentError: If it is neither.
    """
    if isinstance(value, ProgramInput):
        return value
    if isinstance(value, dict):
        return ProgramInput(value)
    if isinstance(value, str):
        return ProgramInput({program.question(()): value})
    raise AgentError(f"input_fn must return the inputs of the program as a dict, not {type(value).__name__}")


def program_input(program: Program, request: ResponsesAgentRequest) -> ProgramInput:
    """Return what a program is run on.

    Raises:
        AgentError: If the request does not give what the program needs.
    """
    items = [item.model_dump(exclude_none=True) for item in request.input_items()]
    custom = {name: value for name, value in (request.custom_inputs or {}).items() if name in program.inputs}
    question = program.question(custom)
    if program.takes_messages(question):
        values = {question: to_chat_completions_input(items, request.instructions), **custom}
        return ProgramInput(_complete(program, values))
    said, turns = read_turns(items)
    current = _current(turns)
    history = _History(program, question)
    system = "\n\n".join([*([request.instructions] if request.instructions else []), *said])
    if current.steps and is_a(program.module, REACT_V2):  # the client ran the tools: the agent goes on from there
        events = [event for turn in turns for event in history.events(turn)]
        return ProgramInput({"history": dspy.History(messages=events)}, system)
    values = history.question(current)
    earlier = [event for turn in turns[:-1] for event in history.events(turn)]
    if program.history is not None:
        values[program.history] = dspy.History(messages=earlier)
        earlier = []
    instructions = program.instructions()
    if instructions is not None and system:
        values[instructions], system = system, ""
    return ProgramInput(
        _complete(program, {**values, **custom}), system, tuple(earlier), question, program.answer or ""
    )


def _current(turns: list[Turn]) -> Turn:
    """Return the turn that is to be answered."""
    if not turns or not turns[-1].user or turns[-1].text is not None:
        raise AgentError("there is nothing to answer: the input has to end with a message of the user")
    return turns[-1]


def _complete(program: Program, values: dict[str, Any]) -> dict[str, Any]:
    for name, field in program.inputs.items():
        # A picture, say, that was not sent is not missing.
        if field.required and name not in values and not accepts(field.annotation, dspy.Type):
            raise AgentError(
                f"{type(program.module).__name__} needs the input {name!r}: send it in custom_inputs={{{name!r}: …}}, "
                "or make the inputs with wrap(..., input_fn=…)"
            )
    return values


class _History:
    """Turns in the form of `dspy.History`: dicts of inputs and outputs."""

    def __init__(self, program: Program, question: str) -> None:
        self._program = program
        self._question = question
        self._answer = program.answer
        self._submitted = 0

    def question(self, turn: Turn) -> dict[str, Any]:
        """Return what the user gave, with what tools gave since if the client ran them."""
        values = _user_values(turn.user, self._program, self._question)
        lines = [
            f"{call.name}({json.dumps(call.arguments, ensure_ascii=False)}) returned: {step.results[call.call_id]}"
            for step in turn.steps
            for call in step.calls
            if call.call_id in step.results
        ]
        return {**values, self._question: "\n\n".join([values[self._question], *lines])}

    def events(self, turn: Turn) -> list[dict[str, Any]]:
        """Return the events of a turn."""
        if self._program.calls_in_history:
            inputs = _user_values(turn.user, self._program, self._question) if turn.user else {}
            steps = [self._step(step) for step in turn.steps] or [{}]
            return [{**inputs, **steps[0]}, *steps[1:]]
        outputs: dict[str, Any] = {}
        reasoning = self._program.reasoning()
        thoughts = [thought for step in turn.steps for thought in step.thought]
        if reasoning is not None and thoughts:
            outputs[reasoning] = "\n".join(thoughts)
        texts = [step.text for step in turn.steps if step.text is not None]
        if texts and self._answer is not None:
            outputs[self._answer] = self._value("\n\n".join(texts))
        if not hasattr(self._program.module, "_format_trajectory"):
            return [{**self.question(turn), **outputs}]
        trajectory = dict(_trajectory(turn))
        if trajectory:  # as a `ReAct` itself writes down what its tools gave
            outputs["trajectory"] = self._program.module._format_trajectory(trajectory)  # noqa: SLF001 - nobody else can
        return [{**_user_values(turn.user, self._program, self._question), **outputs}]

    def _step(self, step: Step) -> dict[str, Any]:
        """Return a step of a `ReActV2`, which answers in a tool call of its own."""
        event: dict[str, Any] = {"next_thought": "\n".join(step.thought)} if step.thought else {}
        calls = [{"id": call.call_id, "name": call.name, "args": call.arguments} for call in step.calls]
        values: list[Any] = [step.results.get(call.call_id, "no result") for call in step.calls]
        if step.text is not None:
            self._submitted += 1
            submitted = {self._answer or "answer": self._value(step.text)}
            calls.append({"id": f"call_submit_{self._submitted}", "name": "submit", "args": submitted})
            values.append(submitted)
        if calls:
            made = dspy.ToolCalls.from_dict_list(calls)
            results = dspy.ToolCallResults.from_tool_calls_and_values(made, values)
            event["tool_calls"] = made.model_copy(update={"tool_call_results": results})
        return event

    def _value(self, text: str) -> Any:
        if self._program.outputs.get(self._answer or "", str) is str:
            return text
        try:
            return json.loads(text)
        except ValueError:
            return text


def _trajectory(turn: Turn) -> Iterator[tuple[str, Any]]:
    calls = [(step, call) for step in turn.steps for call in step.calls]
    for index, (step, call) in enumerate(calls):
        if step.thought:
            yield f"thought_{index}", "\n".join(step.thought)
        yield f"tool_name_{index}", call.name
        yield f"tool_args_{index}", call.arguments
        yield f"observation_{index}", step.results.get(call.call_id, "")


def _user_values(parts: Iterable[dict[str, Any]], program: Program, question: str) -> dict[str, Any]:
    """Return the inputs that a user's message gives.

    Media go to the input of their type. Where there is none, or it is taken, they stand in the text: DSPy's adapters
    put what is printed into a text back into a content part of its own.

    Raises:
        AgentError: If there is a part that DSPy can't pass on.
    """
    values: dict[str, Any] = {}
    text = ""
    for part in parts:
        if part.get("type") in ("input_text", "text", "output_text"):
            text += part["text"]
            continue
        medium = _medium(part)
        name = program.field_for(type(medium))
        if name is not None and get_origin(program.inputs[name].annotation) is list:
            values.setdefault(name, []).append(medium)
        elif name is not None and name not in values:
            values[name] = medium
        else:
            text += str(medium.serialize_model())
    return {question: text, **values}


def _medium(part: dict[str, Any]) -> Any:
    try:
        match part.get("type"):
            case "input_image" if part.get("image_url"):
                return dspy.Image(part["image_url"])
            case "input_file" if part.get("file_data") or part.get("file_id"):
                known = ("file_data", "file_id", "filename")
                return dspy.File(**{name: part[name] for name in known if part.get(name)})
            case "input_audio":
                sound = part["input_audio"]
                return dspy.Audio(data=sound["data"], audio_format=sound["format"])
    except ValueError as error:
        raise AgentError(f"a content part of the type {part['type']!r} can't be passed on: {error}") from error
    given = ", ".join(name for name in part if name != "type")
    raise AgentError(
        f"DSPy takes no content part of the type {part.get('type')!r} with {given or 'nothing'}; it takes input_text, "
        "input_image with an image_url, input_file with file_data or a file_id, and input_audio"
    )
