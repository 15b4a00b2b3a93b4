"""DSPy: ReActV2 with native function calling, asked by DSPy's own HTTP engine.

DSPy's adapters make a prompt of a question and look for marked fields in the answer. The one here passes on both as
they are, so that the wire carries what the scenarios say; a plain answer is what the agent is to submit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver

__all__ = ["DSPyDriver", "driver"]


class DSPyDriver(Driver):
    """See the module."""

    plugin = "dspy"
    # `dspy.streamify(async_streaming=False)` is left out: its thread runs to the end also when the consumer has left.
    modes = frozenset({"run", "arun", "astream"})
    intermediate = {
        "CHAIN": "a predictor: one step of the agent's loop, with its signature",
        "PARSER": "an adapter: from a signature to a prompt, and from an answer to its fields",
    }

    def agent(self, spec: AgentSpec) -> Any:
        """Build a `ReActV2` whose class has the agent's name."""
        import dspy

        adapter = _as_is()
        lm = dspy.LM(f"openai/{spec.model}", api_base=spec.base_url, api_key="unused", cache=False, num_retries=0)

        class Agent(dspy.ReActV2):  # type: ignore[misc]
            def forward(self, **inputs: Any) -> Any:
                with dspy.context(adapter=adapter):
                    return super().forward(**inputs)

            async def aforward(self, **inputs: Any) -> Any:
                with dspy.context(adapter=adapter):
                    return await super().aforward(**inputs)

        agent = type(spec.name, (Agent,), {})("question -> answer", tools=list(spec.tools))
        agent.set_lm(lm)
        return agent

    def run(self, agent: Any, text: str) -> str:
        """Call the module."""
        return str(agent(question=text).answer)

    async def arun(self, agent: Any, text: str) -> str:
        """Await the module."""
        return str((await agent.acall(question=text)).answer)

    def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        """Stream the model's chunks."""
        import dspy

        stream: AsyncIterator[Any] = dspy.streamify(agent, is_async_program=True)(question=text)
        return stream

    async def cancel(self, stream: Any) -> None:
        """Close the stream.

        DSPy then leaves its task group in another task than it was entered in, which cancels the one that was
        reading: us.
        """
        await stream.aclose()
        with suppress(asyncio.CancelledError):
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
        asyncio.current_task().uncancel()

    def footprint(self) -> Sequence[Any]:
        """Return the configured callbacks."""
        from dspy.dsp.utils.settings import main_thread_config

        return [*main_thread_config["callbacks"]]


def _as_is() -> Any:
    import dspy

    class AsIs(dspy.ChatAdapter):  # type: ignore[misc]
        def format_system_message(self, signature: Any) -> str:
            return str(signature.instructions)

        def format_user_message_content(self, signature: Any, inputs: dict[str, Any], **_: Any) -> str:
            return "\n".join(
                str(inputs[name]) for name in signature.input_fields if name == "question" and name in inputs
            )

        def parse(self, signature: Any, completion: str) -> dict[str, Any]:
            submit = {"name": "submit", "args": {"answer": completion}}
            return {"tool_calls": dspy.ToolCalls.from_dict_list([submit])}

    return AsIs(use_native_function_calling=True, use_json_adapter_fallback=False)


driver = DSPyDriver()
