from __future__ import annotations

import threading

import anyio
import pytest
from openai import AsyncOpenAI

from spanloom.testing import ProviderServer, Reply

CHAT = {"model": "gpt-test", "messages": [{"role": "user", "content": "hi"}]}
RESPONSE = {"model": "gpt-test", "input": "hi"}

pytestmark = pytest.mark.anyio


@pytest.fixture
async def async_client(server: ProviderServer):
    async with AsyncOpenAI(base_url=server.base_url, api_key="unused", max_retries=0) as client:
        yield client


async def wait(event: threading.Event) -> bool:
    return await anyio.to_thread.run_sync(event.wait, 5)


async def test_both_wires_answer_whole_and_streamed(server: ProviderServer, async_client: AsyncOpenAI):
    server.script([Reply("It is sunny.")] * 4)
    completion = await async_client.chat.completions.create(**CHAT)
    response = await async_client.responses.create(**RESPONSE)
    chunks = [chunk async for chunk in await async_client.chat.completions.create(**CHAT, stream=True)]
    events = [event async for event in await async_client.responses.create(**RESPONSE, stream=True)]
    texts = [
        completion.choices[0].message.content,
        response.output_text,
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "".join(event.delta for event in events if event.type == "response.output_text.delta"),
    ]
    assert texts == ["It is sunny."] * 4


async def test_the_stream_helpers_accumulate(server: ProviderServer, async_client: AsyncOpenAI):
    server.script([Reply("It is sunny.")] * 2)
    async with async_client.chat.completions.stream(**CHAT) as stream:
        assert (await stream.get_final_completion()).choices[0].message.content == "It is sunny."
    async with async_client.responses.stream(**RESPONSE) as stream:
        assert (await stream.get_final_response()).output_text == "It is sunny."


async def test_concurrent_requests_each_take_one_reply(server: ProviderServer, async_client: AsyncOpenAI):
    server.script([Reply(str(number)) for number in range(12)])
    answers: list[str | None] = []

    async def ask() -> None:
        completion = await async_client.chat.completions.create(**CHAT)
        answers.append(completion.choices[0].message.content)

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(ask)
    assert sorted(answers, key=int) == [str(number) for number in range(12)]
    assert not server.failures


async def test_closing_a_held_stream_is_seen(server: ProviderServer, async_client: AsyncOpenAI):
    server.script([Reply("one two", hold=threading.Event(), hold_after=1)])
    stream = await async_client.chat.completions.create(**CHAT, stream=True)
    await anext(stream)
    await stream.close()
    assert await wait(server.requests[0].closed_early)


async def test_a_cancelled_whole_request_is_seen(server: ProviderServer, async_client: AsyncOpenAI):
    arrived = threading.Event()

    def hold_forever(request):
        arrived.set()
        return Reply("never", hold=threading.Event())

    server.script(hold_forever)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: async_client.responses.create(**RESPONSE))
        assert await wait(arrived)
        group.cancel_scope.cancel()
    assert await wait(server.requests[0].closed_early)
