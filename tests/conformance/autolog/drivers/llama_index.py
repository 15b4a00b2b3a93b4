"""The agents of llama-index-core."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from spanloom.testing.conformance import AgentSpec, Driver


class LlamaIndexDriver(Driver):
    plugin = "llama_index"
    client = "openai"
    modes = frozenset({"arun", "astream"})

    def __init__(self) -> None:
        self._handlers: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def agent(self, spec: AgentSpec) -> Any:
        from llama_index.core.agent.workflow import FunctionAgent
        from llama_index.core.tools import FunctionTool
        from llama_index.llms.openai import OpenAI
        from pydantic.warnings import PydanticDeprecationWarning

        # It looks for an agent's steps among all its attributes, those that pydantic calls deprecated, too.
        warnings.filterwarnings("ignore", category=PydanticDeprecationWarning)
        model = OpenAI(
            model=spec.model,
            api_base=spec.base_url,
            api_key="unused",
            max_retries=0,
            additional_kwargs={"stream_options": {"include_usage": True}} if spec.stream else {},
        )
        tools = [FunctionTool.from_defaults(**_function(function)) for function in spec.tools]
        return FunctionAgent(name=spec.name, llm=model, tools=tools, streaming=spec.stream)

    async def arun(self, agent: Any, text: str) -> str:
        return str(await agent.run(user_msg=text))

    def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        handler = agent.run(user_msg=text)
        stream = _events(handler)
        self._handlers[stream] = handler
        return stream

    async def cancel(self, stream: Any) -> None:
        await self._handlers[stream].cancel_run()
        await stream.aclose()

    def footprint(self) -> Sequence[Any]:
        from llama_index_instrumentation import get_dispatcher

        root = get_dispatcher()
        return [*root.span_handlers, *root.event_handlers]


async def _events(handler: Any) -> AsyncIterator[Any]:
    async for event in handler.stream_events():
        yield event
    await handler  # a failure ends the events like a success; only here it is raised


def _function(function: Any) -> dict[str, Any]:
    import inspect

    return {"async_fn": function} if inspect.iscoroutinefunction(function) else {"fn": function}


driver = LlamaIndexDriver()
