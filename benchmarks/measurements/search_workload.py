"""Traces as a busy team's agents leave them in two months: common, rare and vanished values in every column."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple

__all__ = ["BEGIN_NS", "RecordedSpan", "RecordedTrace", "recorded_traces"]

BEGIN_NS = 1_767_225_600_000_000_000  # 2026-01-01
_STEP_NS = 5_184_000_000_000  # 5.184 s: a million traces fill sixty days
_MS = 1_000_000
_RETIRED = 0.3
"""What was retired is common in the first part of the traces, and gone since: the newest ones say nothing about it."""


class RecordedSpan(NamedTuple):
    """A span; inputs and outputs are JSON text, times nanoseconds from the start of the trace."""

    name: str
    type: str
    status: str
    message: str
    begin_ns: int
    end_ns: int
    inputs: str
    outputs: str
    attributes: dict[str, Any]


class RecordedTrace(NamedTuple):
    """A trace; its first span is the root."""

    number: int
    start_ns: int
    duration_ms: int
    status: str
    experiment: str
    session: str | None
    user: str | None
    request_id: str | None
    tags: dict[str, str]
    metadata: dict[str, str]
    feedback: dict[str, Any]
    tokens: tuple[int, int, int] | None
    cost: float | None
    spans: tuple[RecordedSpan, ...]


class _Vocabulary:
    """Texts whose words are as unequally common as those of a language."""

    def __init__(self, random_: random.Random) -> None:
        syllables = [a + b for a in "bcdfglmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en", "il", "or", "un")]
        words = sorted({"".join(random_.choices(syllables, k=random_.choice((2, 2, 3, 3, 4)))) for _ in range(40_000)})
        rising = list(accumulate(1 / (rank + 2) for rank in range(len(words))))
        lengths = [random_.randint(8, 45) for _ in range(3000)]
        self.paragraphs = [" ".join(random_.choices(words, cum_weights=rising, k=length)) for length in lengths]

    def text(self, random_: random.Random) -> str:
        return self.paragraphs[random_.randrange(3000)]


def _zipf(random_: random.Random, names: list[str], size: int = 4096) -> list[str]:
    return random_.choices(names, [1 / (rank + 1) for rank in range(len(names))], k=size)


class _Names:
    def __init__(self, random_: random.Random) -> None:
        self.agents = _zipf(random_, [f"agent {number}" for number in range(20)])
        self.tools = _zipf(random_, [f"tool {number}" for number in range(60)])
        self.models = _zipf(
            random_, ["gpt-5", "gpt-5-mini", "claude-opus-4", "gemini-3", *(f"m-{n}" for n in range(8))]
        )
        self.users = _zipf(random_, [f"user {number}" for number in range(20_000)], 65_536)
        self.customers = _zipf(random_, [f"customer {number}" for number in range(5000)], 16_384)
        self.regions = _zipf(random_, ["eu-west", "us-east", "us-west", "ap-south", "sa-east", "af-south"])


def recorded_traces(count: int, begin: int = 0, end: int | None = None) -> Iterator[RecordedTrace]:
    """Give the traces numbered from `begin` up to `end` of a store of `count`, always the same ones."""
    random_ = random.Random(7)
    vocabulary, names = _Vocabulary(random_), _Names(random_)
    for number in range(begin, count if end is None else end):
        yield _trace(random.Random(number), vocabulary, names, number, count)


def _trace(random_: random.Random, vocabulary: _Vocabulary, names: _Names, number: int, count: int) -> RecordedTrace:
    retired = number < _RETIRED * count
    chance = random_.random()
    duration = int(random_.lognormvariate(7.5, 1.0)) + 5
    failed = chance < 0.02
    calls = 2 if chance < 0.95 else 0
    prompt, answer = random_.randint(20, 8000), int(random_.expovariate(1 / 300)) + 1
    name = "agent retired" if retired and number % 3 == 0 else names.agents[random_.getrandbits(12)]
    if chance > 0.999:
        name = f"experiment {number}"
    return RecordedTrace(
        number=number,
        start_ns=BEGIN_NS + number * _STEP_NS * 1_000_000 // count // 1000 + random_.randrange(3_000_000_000),
        duration_ms=duration,
        status="ERROR" if failed else "CANCELLED" if chance < 0.0205 else "OK",
        experiment="Default" if number % 10 else f"trial {number % 70 // 10}",
        session=f"session {number // 40 * 8 + number % 8}" if number % 10 else None,
        user=names.users[random_.getrandbits(16)] if number % 5 else None,
        request_id=f"request-{number}" if number % 2 else None,
        tags=_tags(random_, names, number, count),
        metadata={"region": names.regions[random_.getrandbits(12)], "commit": f"{number * 300 // count:040x}"},
        feedback=_feedback(random_, number),
        tokens=(prompt, answer, prompt + answer) if calls else None,
        cost=round(prompt * 2e-6 + answer * 8e-6, 6) if calls else None,
        spans=_spans(random_, vocabulary, names, number, duration, failed=failed, retired=retired, root=name),
    )


def _tags(random_: random.Random, names: _Names, number: int, count: int) -> dict[str, str]:
    tags = {
        "env": ("prod", "prod", "prod", "staging", "dev")[number % 5],
        "customer": names.customers[random_.getrandbits(14)],
        "release": f"r{number * 200 // count}",
    }
    if number % 100 == 7:
        tags["priority"] = "high"
    if number % 20_000 == 7:
        tags["incident"] = f"inc-{number}"
    return tags


def _feedback(random_: random.Random, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if number % 20 == 3:
        found["helpful"] = random_.random() < 0.8
    if number % 50 == 3:
        found["quality"] = random_.randint(1, 5)
    if number % 10_000 == 3:
        found["toxic"] = True
    return found


def _spans(
    random_: random.Random,
    vocabulary: _Vocabulary,
    names: _Names,
    number: int,
    duration: int,
    *,
    failed: bool,
    retired: bool,
    root: str,
) -> tuple[RecordedSpan, ...]:
    topic = " weather" if random_.random() < 0.6 else ""
    question = f"{vocabulary.text(random_)}{topic} question{number} percent{number % 100}"
    if number % 5000 == 11:
        question += " unicorn"
    if retired and number % 4 == 0:
        question += " fax"
    last, whole = vocabulary.text(random_), duration * _MS
    messages = [
        {"role": "system", "content": vocabulary.paragraphs[number % 12]},
        {"role": "user", "content": question},
    ]
    tool = names.tools[random_.getrandbits(12)] if random_.random() < 0.999 else f"one-off tool {number}"
    model = "gpt-4" if retired and number % 2 else names.models[random_.getrandbits(12)]
    asked, told = json.dumps({"messages": messages}), json.dumps({"messages": [{"role": "assistant", "content": last}]})
    call = {
        "gen_ai.request.model": model,
        "gen_ai.response.model": f"{model}-2026",
        "gen_ai.request.temperature": (0, 0.2, 0.7, 1.0)[number % 4],
        "gen_ai.response.id": f"resp_{number:012x}",
        "gen_ai.usage.input_tokens": random_.randint(20, 4000),
        "gen_ai.usage.output_tokens": random_.randint(1, 600),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.provider.name": "openai" if model.startswith("gpt") else "other",
    }
    city = {"city": f"city{random_.randrange(300)}", "days": number % 9}
    wrong = failed and number % 2 == 0
    detail: dict[str, Any] = {"http.status_code": 503 if wrong else 200, "shard": number % 16}
    if number % 10_000 == 9:
        detail["canary"] = "yes"
    kinds = ("RETRIEVER", "RETRIEVER", "TOOL", "EMBEDDING", "GUARDRAIL")
    kind = "HANDOFF" if number % 5000 == 4 else kinds[random_.randrange(5)]
    step = whole // 5
    return (
        RecordedSpan(
            root, "AGENT", "ERROR" if failed else "OK", "", 0, whole, json.dumps(question), json.dumps(last), {}
        ),
        RecordedSpan("chat", "CHAT_MODEL", "OK", "", step // 9, step, asked, told, call),
        RecordedSpan(
            tool,
            "TOOL",
            "ERROR" if wrong else "OK",
            f"timeout after {number % 30} s" if wrong else "",
            step,
            2 * step,
            json.dumps(city),
            json.dumps({"forecast": vocabulary.text(random_)}),
            detail,
        ),
        RecordedSpan(
            kind.lower(), kind, "OK", "", 2 * step, 3 * step, json.dumps({"query": last[:80]}), "[]", {"top_k": 5}
        ),
        RecordedSpan(
            "chat", "CHAT_MODEL", "OK", "", 3 * step, 5 * step, asked, told, {**call, "retry": number % 1000 == 0}
        ),
    )
