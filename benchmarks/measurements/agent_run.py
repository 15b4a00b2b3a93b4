"""CPU of one agent run: two model calls and a tool, with one kind of autologging or none.

    python -m measurements.agent_run FRAMEWORK CONTENDER BASE_URL RUNS

The agent is that of the framework's conformance driver; the model server is another process, so its CPU is not counted.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["CONTENDERS", "FRAMEWORKS"]

_DRIVERS = Path(__file__).resolve().parents[2] / "tests" / "conformance" / "autolog" / "drivers"
_WARM_UP = 10


class Framework(NamedTuple):
    """What the peers call their autologging of a framework.

    Attributes:
        mlflow: Module below `mlflow` whose `autolog` it is, if any.
        instrumentor: `module:class` of OpenInference's, if any.
        fresh: Whether each run needs a new agent, because this one remembers the last.
    """

    mlflow: str | None = None
    instrumentor: str | None = None
    fresh: bool = False


FRAMEWORKS = {
    "openai": Framework("openai", "openinference.instrumentation.openai:OpenAIInstrumentor"),
    "openai_agents": Framework("openai", "openinference.instrumentation.openai_agents:OpenAIAgentsInstrumentor"),
    "langchain": Framework("langchain", "openinference.instrumentation.langchain:LangChainInstrumentor"),
    "autogen": Framework(
        "autogen", "openinference.instrumentation.autogen_agentchat:AutogenAgentChatInstrumentor", fresh=True
    ),
    "dspy": Framework("dspy", "openinference.instrumentation.dspy:DSPyInstrumentor"),
    "llama_index": Framework("llama_index", "openinference.instrumentation.llama_index:LlamaIndexInstrumentor"),
    "anthropic": Framework("anthropic", "openinference.instrumentation.anthropic:AnthropicInstrumentor"),
    "litellm": Framework("litellm", "openinference.instrumentation.litellm:LiteLLMInstrumentor"),
    "pydantic_ai": Framework("pydantic_ai"),
}


def _off(_: Framework) -> Callable[[], Any]:
    return lambda: None


def _spanloom(_: Framework) -> Callable[[], Any]:
    import spanloom

    spanloom.configure(store="sqlite:///spans.db")
    spanloom.autolog()
    return spanloom.flush


def _openinference(framework: Framework) -> Callable[[], Any]:
    from measurements.jsonl import jsonl_provider

    provider = jsonl_provider()
    module, _, name = str(framework.instrumentor).partition(":")
    getattr(importlib.import_module(module), name)().instrument(tracer_provider=provider)
    return provider.force_flush


def _mlflow(framework: Framework) -> Callable[[], Any]:
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.set_experiment("benchmark")
    importlib.import_module(f"mlflow.{framework.mlflow}").autolog()
    return mlflow.flush_trace_async_logging


CONTENDERS = {"off": _off, "spanloom": _spanloom, "openinference": _openinference, "mlflow": _mlflow}


def _load_driver(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"driver_{name}", _DRIVERS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.driver


def _measure(ask: Callable[[], Any], flush: Callable[[], Any], runs: int) -> dict[str, float]:
    for _ in range(_WARM_UP):
        ask()
    flush()
    begin = time.process_time()
    for _ in range(runs):
        ask()
    flush()
    return {"cpu": (time.process_time() - begin) / runs}


def main(name: str, contender: str, base_url: str, runs: str) -> None:
    """Measure one contender and print one JSON line."""
    from spanloom.testing.conformance.driver import AgentSpec
    from spanloom.testing.conformance.script import get_weather

    framework, driver = FRAMEWORKS[name], _load_driver(name)
    flush = CONTENDERS[contender](framework)
    spec = AgentSpec(base_url, (get_weather,))
    agent = None if framework.fresh else driver.agent(spec)
    with asyncio.Runner() as runner:

        def ask() -> Any:
            asked = agent if agent is not None else driver.agent(spec)
            if "run" in driver.modes:
                return driver.run(asked, "Paris?")
            return runner.run(driver.arun(asked, "Paris?"))

        print(json.dumps(_measure(ask, flush, int(runs))))


if __name__ == "__main__":
    main(*sys.argv[1:])
