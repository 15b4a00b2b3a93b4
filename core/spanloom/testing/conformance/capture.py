"""What is recorded and what must not be."""

from __future__ import annotations

import re

from spanloom.instrument import autolog
from spanloom.testing.conformance.case import Case
from spanloom.testing.conformance.scenario import scenario
from spanloom.testing.conformance.tree import model_spans
from spanloom.testing.provider.replies import Reply, ToolCall
from spanloom.tracing import configure

__all__: list[str] = []

_SECRET = "s3cret"  # noqa: S105 - what must not be found


@scenario()
def content_off(case: Case) -> None:
    """Without content only facts are recorded: nothing of what was asked, called, returned or answered."""
    configure(capture_content=False)
    autolog()
    _tell_secrets(case)
    trace = case.trace()
    assert _SECRET not in trace.to_json()
    assert all(model.token_usage for model in model_spans(trace))


@scenario()
def redacted(case: Case) -> None:
    """What is to be redacted is nowhere in the trace."""
    configure(redact=[re.compile(_SECRET)])
    autolog()
    _tell_secrets(case)
    trace = case.trace()
    assert _SECRET not in trace.to_json()
    assert all(model.inputs for model in model_spans(trace))


@scenario()
def unsampled(case: Case) -> None:
    """Nothing is recorded, the client's calls neither."""
    configure(sample_rate=0)
    autolog()
    _tell_secrets(case)
    assert case.traces() == []


def _tell_secrets(case: Case) -> None:
    def keep(secret: str) -> str:
        """Keep a secret."""
        return f"kept {secret}"

    answer = Reply(f"It is {_SECRET}.")
    if case.driver.kind == "agent":
        call = Reply(tool_calls=[ToolCall("keep", {"secret": _SECRET})])
        case.ask(case.agent(case.server(call, answer), keep), f"Keep {_SECRET}!")
    else:
        case.ask(case.agent(case.server(answer)), f"Keep {_SECRET}!")
