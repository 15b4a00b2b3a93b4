"""A function that runs a loop of its own: it asks a model, runs the tools, and yields what comes."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator
from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class CallableDriver(AdapterDriver):
    adapter = "callable"
    lacks = {
        "approval": "the function itself would have to ask",
        "max_turns": "the function itself would have to count",
    }
    tool_errors = "raised"

    def agent(self, spec: NativeSpec) -> Any:
        from openai import AsyncOpenAI

        client = AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)
        tools = {tool.__name__: tool for tool in spec.tools}

        async def agent(items: list[dict[str, Any]]) -> AsyncIterator[Any]:
            calls = [None]
            while calls:
                calls = []
                async with await client.responses.create(model=spec.model, input=items, stream=True) as events:
                    async for event in events:
                        yield event
                        if event.type == "response.output_item.done" and event.item.type == "function_call":
                            calls.append(event.item)
                for call in calls:
                    output = tools[call.name](**json.loads(call.arguments))
                    output = await output if inspect.isawaitable(output) else output
                    answer = {"type": "function_call_output", "call_id": call.call_id, "output": output}
                    items += [call.to_dict(), answer]
                    yield answer

        async def forecaster(items: list[dict[str, Any]]) -> Any:
            answer = await client.responses.parse(model=spec.model, input=items, text_format=spec.output_type)
            return answer.output_parsed

        return agent if spec.output_type is None else forecaster


driver = CallableDriver()
