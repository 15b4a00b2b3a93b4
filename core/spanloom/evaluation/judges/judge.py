"""What all judges have in common: asking a model, votes, and the answers that are kept."""

from __future__ import annotations

import contextvars
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from pydantic import Field

from spanloom.errors import JudgeError
from spanloom.evaluation.judges import prompts
from spanloom.evaluation.judges.answer_format import YES_OR_NO, AnswerError, AnswerFormat, Judgement
from spanloom.evaluation.judges.answer_store import find_answer, key_of, put_answer
from spanloom.evaluation.judges.models import Answer, JudgeModel, find_model
from spanloom.evaluation.judges.template import fill
from spanloom.evaluation.judges.votes import decide
from spanloom.evaluation.scoring import Scorer
from spanloom.tracing.assessments import AssessmentSource, AssessmentSourceType, Feedback
from spanloom.tracing.context import tracing_disabled
from spanloom.tracing.usage import TokenUsage

__all__ = ["Judge"]

_ATTEMPTS = 2
"""A model that answered something else is told so, once."""


class Judge(Scorer):
    """A scorer that asks a model.

    Nothing of it is traced, for it is not the agent's work; its tokens and votes are in the metadata of the feedback.

    Attributes:
        model: `"openai:/<model>"`, for any endpoint that speaks OpenAI's chat completions; or an agent: whatever
            `spanloom.wrap` takes. By default that of the environment variable `SPANLOOM_JUDGE_MODEL`, or else
            `openai:/gpt-5-mini`.
        client: An `openai.OpenAI` or `AsyncOpenAI` (or a subclass, such as `AzureOpenAI`) to ask it through. By default
            one is made of `OPENAI_API_KEY` and `OPENAI_BASE_URL`.
        base_url: The endpoint, instead of `OPENAI_BASE_URL`.
        extra_headers: HTTP headers of every request.
        inference_params: Arguments of every request, such as `{"temperature": 0}`.
        votes: How often the model is asked, at once; numbers are averaged, of anything else the majority counts, and a
            tie is `no`.
        cache: Whether answers are kept in the store, and the same question is not asked again. Those of agents never
            are: nobody knows what they depend on.
    """

    model: Any = Field(default=None, repr=False)
    client: Any = Field(default=None, repr=False, exclude=True)
    base_url: str | None = None
    extra_headers: dict[str, str] | None = Field(default=None, repr=False)
    inference_params: dict[str, Any] = Field(default_factory=dict)
    votes: int = Field(default=1, ge=1)
    cache: bool = True

    def ask(self, prompt: str, value_type: Any = YES_OR_NO, metadata: Mapping[str, str] | None = None) -> Feedback:
        """Ask the model, and return its judgement as feedback.

        Raises:
            JudgeError: If it refuses, or does not answer in the form that was asked for, not even the second time.
        """
        form = AnswerFormat(value_type)
        system = fill(prompts.SYSTEM, {"schema": orjson.dumps(form.value_schema).decode()})
        messages = [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
        with tracing_disabled():
            model = find_model(self.model, self.client, self.base_url, self.extra_headers, self.inference_params)
            answers = self._answers(model, messages, form)
        votes = [judgement for judgement, _ in answers]
        decided = decide(votes)
        facts = {**(metadata or {}), **_tokens([usage for _, usage in answers if usage is not None])}
        if self.votes > 1:
            facts["votes"] = orjson.dumps([vote.value for vote in votes]).decode()
        source = AssessmentSource(AssessmentSourceType.LLM_JUDGE, model.name)
        return Feedback(self.name, decided.value, rationale=decided.rationale, source=source, metadata=facts)

    def _answers(
        self, model: JudgeModel, messages: list[dict[str, str]], form: AnswerFormat
    ) -> list[tuple[Judgement, TokenUsage | None]]:
        if self.votes == 1:
            return [self._answer(model, messages, form, 0)]
        with ThreadPoolExecutor(self.votes, "spanloom-judge") as threads:
            asked = [
                threads.submit(contextvars.copy_context().run, self._answer, model, messages, form, vote)
                for vote in range(self.votes)
            ]
        return [each.result() for each in asked]

    def _answer(
        self, model: JudgeModel, messages: list[dict[str, str]], form: AnswerFormat, vote: int
    ) -> tuple[Judgement, TokenUsage | None]:
        kept = self.cache and model.identity is not None
        key = key_of([model.identity, messages, form.response_format, vote]) if kept else ""
        known = find_answer(key) if kept else None
        if known is not None:
            return form.read(known), None
        judgement, answer = _judgement(model, messages, form)
        if kept:
            put_answer(key, answer.text)
        return judgement, answer.usage


def _judgement(model: JudgeModel, messages: list[dict[str, str]], form: AnswerFormat) -> tuple[Judgement, Answer]:
    problem = ""
    for _ in range(_ATTEMPTS):
        answer = model.ask(messages, form)
        try:
            return form.read(answer.text), answer
        except AnswerError as error:
            problem = str(error)
            again = fill(prompts.AGAIN, {"problem": problem})
            said = {"role": "assistant", "content": answer.text or "(nothing)"}
            messages = [*messages, said, {"role": "user", "content": again}]
    raise JudgeError(f"{model.name} did not answer with a judgement: {problem}; it said {answer.text[:500]!r}")


def _tokens(usages: list[TokenUsage]) -> dict[str, str]:
    """Return what the judge itself took; answers from the store took nothing."""
    if not usages:
        return {}
    return {
        "judge.input_tokens": str(sum(usage.input_tokens or 0 for usage in usages)),
        "judge.output_tokens": str(sum(usage.output_tokens or 0 for usage in usages)),
    }
