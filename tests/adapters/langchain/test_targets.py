from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from langchain_core.runnables import RunnableLambda
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.pregel.remote import RemoteGraph

import spanloom
from spanloom_adapters.langchain import adapter as langchain_adapter
from spanloom_adapters.langgraph import adapter as langgraph_adapter


@pytest.mark.parametrize("target", sorted(langchain_adapter.targets | langgraph_adapter.targets))
def test_every_target_is_a_class_of_the_framework(target: str):
    module, _, name = target.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_loading_the_adapters_imports_no_framework():
    code = (
        "import sys, spanloom_adapters.langchain, spanloom_adapters.langgraph\n"
        "print([name for name in sys.modules if name.startswith(('lang', 'openai'))])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_wrap_finds_the_adapter_of_an_object(chat_model):
    graph = StateGraph(MessagesState).add_node("node", lambda state: None).add_edge(START, "node").compile(name="mine")
    remote = RemoteGraph("theirs", url="http://127.0.0.1:1")
    agents = [spanloom.wrap(native) for native in (graph, remote, chat_model(), RunnableLambda(str))]
    assert [repr(agent) for agent in agents] == [
        "<WrappedAgent 'mine' (langgraph)>",
        "<WrappedAgent 'theirs' (langgraph)>",
        "<WrappedAgent 'ChatOpenAI' (langchain)>",
        "<WrappedAgent 'str' (langchain)>",
    ]
