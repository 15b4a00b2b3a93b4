"""The runs and evaluations on the screenshots: trainings of a classifier, and a support agent on the same questions."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import spanloom

CASES = {
    "Where is my order 4417?": "It arrives on Friday.",
    "I was charged twice.": "One of the two payments was refunded.",
    "How do I change the delivery address?": "Under Orders, until the parcel is packed.",
    "The lamp arrived broken.": "A new one is on its way.",
    "Can I pay by invoice?": "Yes, from the second order on.",
    "My coupon does not work.": "It is for orders of 50 euros or more.",
    "When do you ship to Norway?": "Every Monday.",
    "I want to cancel order 4420.": "It is cancelled; nothing was charged.",
    "Is the oak table in stock?": "Yes, 14 of them.",
    "How long is the warranty?": "Three years.",
}
MOST_WORDS = 12
WRONG = "I will pass this on to a colleague."
DATA = [
    {"inputs": {"question": question}, "expectations": {"expected_response": expected}}
    for question, expected in CASES.items()
]


@spanloom.scorer
def correct(outputs: Any, expectations: Any) -> spanloom.Feedback:
    same = outputs == expectations["expected_response"]
    return spanloom.Feedback(value=same, rationale=None if same else "Says nothing of what was asked.")


@spanloom.scorer(pass_if=lambda count: count < MOST_WORDS)
def words(outputs: Any) -> int:
    return len(outputs.split())


def make_runs() -> None:
    """Keep three trainings, one of them a search with nested runs, and two evaluations."""
    spanloom.set_experiment("intent classifier")
    chance = random.Random(3)  # noqa: S311 - examples
    with spanloom.start_run(run_name="learning rates", description="Which learning rate suits the larger batches?"):
        for rate in (0.001, 0.003, 0.01):
            train(chance, f"rate {rate}", rate)
    spanloom.set_experiment("support agent")
    for name, known in (("prompt of May", {0, 2, 4, 9}), ("shorter prompt", {0, 1, 2, 3, 5, 6, 7, 8})):
        with spanloom.start_run(run_name=name):
            spanloom.log_params({"model": "gpt-5-mini", "prompt": name})
            spanloom.log_text("Answer in one sentence.", "prompts/system.txt")
        spanloom.evaluate(
            DATA, [correct, words], agent(known), run_name=f"{name}, checked", pass_criteria={"correct/mean": ">= 0.7"}
        )


def train(chance: random.Random, name: str, rate: float) -> None:
    with spanloom.start_run(run_name=name, nested=True):
        spanloom.log_params({"model": "distilbert", "batch": 64, "rate": rate})
        for step in range(60):
            noise = chance.gauss(0, 0.02)
            loss = 0.15 + 1.6 * math.exp(-rate * 40 * step / 10) + abs(noise)
            spanloom.log_metrics({"loss": loss, "accuracy": 0.96 - 0.4 * loss + noise}, step=step)


def agent(known: set[int]) -> Callable[[str], str]:
    def support_agent(question: str) -> str:
        place = list(CASES).index(question)
        return CASES[question] if place in known else WRONG

    return support_agent
