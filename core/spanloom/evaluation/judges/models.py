"""The models that judges ask: an OpenAI-compatible endpoint, or any agent."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Protocol

from spanloom.agents.wrap import wrap
from spanloom.errors import EvaluationError, JudgeError, extra_needed
from spanloom.evaluation.judges.answer_format import AnswerFormat
from spanloom.evaluation.texts import text_of
from spanloom.evaluation.waiting import wait_for
from spanloom.tracing.usage import TokenUsage

__all__ = ["DEFAULT_MODEL", "Answer", "JudgeModel", "find_model"]

DEFAULT_MODEL: Final = "openai:/gpt-5-mini"
_VARIABLE: Final = "SPANLOOM_JUDGE_MODEL"

_Message = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered, and the tokens that it took, where that is known."""

    text: str
    usage: TokenUsage | None = None


class JudgeModel(Protocol):
    """A model, whatever is behind it."""

    @property
    def name(self) -> str:
        """What it is called, as the source of feedback."""

    @property
    def identity(self) -> Any:
        """What its answers depend on besides the question; `None` if nobody can tell."""

    def ask(self, messages: Sequence[_Message], form: AnswerFormat) -> Answer:
        """Return its answer.

        Raises:
            JudgeError: If it refuses to answer.
        """


def find_model(
    model: Any, client: Any, base_url: str | None, headers: Mapping[str, str] | None, parameters: Mapping[str, Any]
) -> JudgeModel:
    """Return the model that a judge names: by URI, as an agent, or (`None`) that of the environment.

    Raises:
        EvaluationError: If the URI is of another provider.
        MissingExtraError: If the `openai` package is not installed.
        AdapterNotFoundError: If no adapter knows the agent.
    """
    model = model or os.environ.get(_VARIABLE) or DEFAULT_MODEL
    if not isinstance(model, str):
        if any(kind.__module__.partition(".")[0] == "openai" for kind in type(model).__mro__):
            raise EvaluationError("a client does not say which model: Judge(model='openai:/gpt-5-mini', client=client)")
        return AgentModel(wrap(model))
    provider, separator, name = model.partition(":/")
    if provider != "openai" or not separator or not name:
        raise EvaluationError(
            f"a judge's model is {model!r}; expected 'openai:/<model>' (with base_url= or OPENAI_BASE_URL for any "
            "endpoint that speaks OpenAI's chat completions), or an agent that spanloom.wrap knows, e.g. a LangChain "
            "chat model of the provider"
        )
    if client is None:
        with extra_needed("a judge's model 'openai:/…'", "openai", "openai"):
            client = _client(base_url, os.environ.get("OPENAI_BASE_URL"), os.environ.get("OPENAI_API_KEY"))
    elif base_url is not None:
        raise EvaluationError("a judge takes base_url= or client=, which has one of its own; not both")
    return OpenAIModel(name.lstrip("/"), client, dict(headers or {}), dict(parameters))


@lru_cache(maxsize=8)
def _client(base_url: str | None, _environment_url: str | None, _environment_key: str | None) -> Any:
    """Return a client with a connection pool that judges share; it reads the environment by itself."""
    from openai import OpenAI

    return OpenAI(base_url=base_url)


_without_format: set[tuple[str, str]] = set()
"""Base URLs and models that were asked for structured output and refused, in this process."""

_REFUSALS: Final = frozenset({400, 404, 415, 422, 501})


@dataclass(frozen=True)
class OpenAIModel:
    """A model behind chat completions, asked through a client of the `openai` package, synchronous or not."""

    model: str
    client: Any = field(repr=False)
    headers: dict[str, str]
    parameters: dict[str, Any]

    @property
    def name(self) -> str:
        """The URI of the model."""
        return f"openai:/{self.model}"

    @property
    def identity(self) -> Any:
        """Endpoint, model and parameters."""
        return [str(self.client.base_url), self.model, self.parameters]

    def ask(self, messages: Sequence[_Message], form: AnswerFormat) -> Answer:
        """See `JudgeModel`; an endpoint that refuses structured output is asked again without, and from then on."""
        from openai import APIStatusError

        here = (str(self.client.base_url), self.model)
        if here in _without_format:
            return self._create(messages)
        try:
            return self._create(messages, response_format=form.response_format)
        except APIStatusError as error:
            if error.status_code not in _REFUSALS:
                raise
            try:
                answer = self._create(messages)
            except APIStatusError:
                raise error from None  # it was about something else, and says what
            _without_format.add(here)
            return answer

    def _create(self, messages: Sequence[_Message], **more: Any) -> Answer:
        arguments = {"model": self.model, "messages": list(messages), **more, **self.parameters}
        created = self.client.chat.completions.create(extra_headers=self.headers, **arguments)
        completion = wait_for(created) if inspect.isawaitable(created) else created
        choice = completion.choices[0]
        refusal = getattr(choice.message, "refusal", None)
        if refusal:
            raise JudgeError(f"{self.name} refused to judge: {refusal}")
        if choice.finish_reason in {"length", "content_filter"}:
            fix = "; allow more, e.g. inference_params={'max_completion_tokens': 4000}"
            raise JudgeError(
                f"the answer of {self.name} was cut off (finish_reason {choice.finish_reason!r})"
                f"{fix if choice.finish_reason == 'length' else ''}"
            )
        usage = completion.usage
        tokens = TokenUsage(usage.prompt_tokens, usage.completion_tokens) if usage is not None else None
        return Answer(choice.message.content or "", tokens)


@dataclass(frozen=True)
class AgentModel:
    """A standard agent, asked as a model; the form is told in words."""

    agent: Any
    identity: None = None

    @property
    def name(self) -> str:
        """The name of the agent."""
        return str(self.agent.name)

    def ask(self, messages: Sequence[_Message], form: AnswerFormat) -> Answer:  # noqa: ARG002 - it is in the messages
        """See `JudgeModel`."""
        response = self.agent.predict({"input": [dict(message) for message in messages]})
        usage = response.usage
        tokens = TokenUsage(usage.input_tokens, usage.output_tokens) if usage is not None else None
        return Answer(text_of(response), tokens)
