"""The function-calling agents of llama-index-core."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from spanloom.testing import ErrorReply, Reply
from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class LlamaIndexDriver(AdapterDriver):
    adapter = "llama_index"
    plugin = "llama_index"
    lacks = {
        "approval": "LlamaIndex has no approvals of calls: a tool that needs one asks by itself",
    }

    def agent(self, spec: NativeSpec) -> Any:
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
            additional_kwargs={"stream_options": {"include_usage": True}} if spec.output_type is None else {},
        )
        tools = [FunctionTool.from_defaults(**_function(function)) for function in spec.tools]
        return FunctionAgent(name=spec.name, llm=model, tools=tools, output_cls=spec.output_type)

    def options(self, spec: NativeSpec) -> Mapping[str, Any]:
        return {} if spec.max_turns is None else {"max_iterations": spec.max_turns}

    def script(self, replies: Sequence[Reply | ErrorReply]) -> Sequence[Reply | ErrorReply]:
        # An answer of a type takes two model calls: the agent's own, and one that puts it into form.
        return [reply for given in replies for reply in [given] * (2 if _is_json(given) else 1)]


def _function(function: Any) -> dict[str, Any]:
    return {"async_fn": function} if inspect.iscoroutinefunction(function) else {"fn": function}


def _is_json(reply: Reply | ErrorReply) -> bool:
    return isinstance(reply, Reply) and (reply.text or "").startswith("{")


driver = LlamaIndexDriver()
