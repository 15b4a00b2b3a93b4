"""A loop of one's own as an agent: `pip install 'spanloom[openai]'`, then `python examples/callable_function.py`.

Talks to a scripted model, or with OPENAI_API_KEY set to a real one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import openai

import spanloom
from spanloom.testing import ProviderServer, Reply, outline


def clock(text: str) -> str:
    """Tell the time of day."""
    return f"You said {text!r}, and it is always tea time."


def poet(messages: list[dict]) -> Iterator[object]:
    """Answer in verse, word by word."""
    first = {"role": "system", "content": "Answer in one line of verse."}
    question = {"model": "gpt-5-mini", "messages": [first, *messages]}
    yield from client.chat.completions.create(**question, stream=True, stream_options={"include_usage": True})


spanloom.autolog()
print(spanloom.wrap(clock).predict(input="good morning").output_text)
with ProviderServer([Reply("The sun sits softly on the roofs of Paris.")]) as server:
    options = {} if "OPENAI_API_KEY" in os.environ else {"base_url": server.base_url, "api_key": "unused"}
    client = openai.OpenAI(**options)
    for event in spanloom.wrap(poet).predict_stream(input="How is the weather in Paris?"):
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
    client.close()

print()
print(outline(spanloom.search_traces(max_results=1)[0]))
