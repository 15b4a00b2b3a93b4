"""Autologging of AutoGen AgentChat: agents, teams, model clients, tools, handoffs and memories.

Agents, model clients, workbenches and memories override what their base class declares, so the methods of every
subclass are patched, too, even of those that are imported or defined later.
"""

from __future__ import annotations

from spanloom.instrument import Patch, Plugin, ToolFunction
from spanloom_autolog.autogen import agents, memories, models, teams, tools

__all__ = ["plugin"]

_AGENTS = "autogen_agentchat.agents"
_TEAMS = "autogen_agentchat.teams"
_TOOLS = "autogen_core.tools"
_MODELS = "autogen_core.models"

plugin = Plugin(
    name="autogen",
    package="autogen-agentchat",
    requires=">=0.7.1,<0.8",
    patches=(
        Patch(_AGENTS, "BaseChatAgent.run", agents.run),
        Patch(_AGENTS, "BaseChatAgent.run_stream", agents.run),
        Patch(_AGENTS, "BaseChatAgent.on_messages", agents.on_messages, subclasses=True),
        Patch(_AGENTS, "BaseChatAgent.on_messages_stream", agents.on_messages_stream, subclasses=True),
        Patch(_AGENTS, "AssistantAgent._execute_tool_call", tools.execute_tool_call),
        # `run` of a team consumes `run_stream`.
        Patch(_TEAMS, "BaseGroupChat.run_stream", teams.run_stream),
        Patch(f"{_TEAMS}._group_chat._sequential_routed_agent", "SequentialRoutedAgent.on_message_impl", teams.deliver),
        Patch(_MODELS, "ChatCompletionClient.create", models.create, subclasses=True),
        Patch(_MODELS, "ChatCompletionClient.create_stream", models.create_stream, subclasses=True),
        Patch(_TOOLS, "BaseTool.run_json", tools.run_json),
        Patch(_TOOLS, "BaseStreamTool.run_json_stream", tools.run_json_stream),
        Patch(_TOOLS, "FunctionTool.run", tools.run_function),
        Patch(_TOOLS, "Workbench.call_tool", tools.call_tool, subclasses=True),
        Patch("autogen_core.memory", "Memory.query", memories.query, subclasses=True),
    ),
    tools=(ToolFunction(_TOOLS, "BaseTool.run", tools.name_of, tools.arguments_of, subclasses=True),),
)
