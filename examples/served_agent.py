"""An agent behind HTTP: `pip install 'spanloom[openai,server]'`, then `python examples/served_agent.py`.

OpenAI's client talks to it. From the shell: `spanloom serve module:agent`.
"""

from __future__ import annotations

import socket
import threading

import openai
import uvicorn

import spanloom
from spanloom.serving import AgentServer


async def support(messages: list[dict[str, str]]) -> str:
    """Answer; any native agent could stand here."""
    return f"You said {messages[-1]['content']!r}, in message {len(messages)} of this conversation."


app = AgentServer(agents={"support": support}).app

with socket.create_server(("127.0.0.1", 0)) as listening:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}/v1", api_key="unused")
    first = client.responses.create(model="support", input="My order is late.")
    print(first.output_text)
    for event in client.responses.create(
        model="support", input="It is 4711.", previous_response_id=first.id, stream=True
    ):
        if event.type == "response.output_text.delta":
            print(event.delta)
    server.should_exit = True
    thread.join()
print([trace.info.request_preview for trace in spanloom.search_traces()])
