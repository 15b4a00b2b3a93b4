"""`from litellm import completion`, done before autologging was switched on."""

from __future__ import annotations

import litellm
import pytest
from litellm import acompletion as ask_later
from litellm import completion

import spanloom
from spanloom.testing import Reply

HELLO = [{"role": "user", "content": "hello"}]


@pytest.mark.anyio
async def test_a_function_that_was_imported_before_is_observed(at, provider):
    arguments = at(server=provider(Reply("Hi."), Reply("Hi.")))
    completion(messages=HELLO, **arguments)
    await ask_later(messages=HELLO, **arguments)
    assert [trace.info.name for trace in spanloom.search_traces()] == ["chat gpt-5-mini"] * 2


def test_disabling_restores_every_name(at):
    assert completion is litellm.completion
    observed = completion
    spanloom.autolog(disable=True)
    assert completion is litellm.completion
    assert completion is observed.__wrapped__
    assert ask_later is litellm.acompletion
    observed(messages=HELLO, **at(Reply("Hi.")))
    assert spanloom.search_traces() == []
