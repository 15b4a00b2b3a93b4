"""The paths that run an agent."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from spanloom.schemas.chat_model import ChatCompletionRequest
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.serving.agents import ServedAgent
from spanloom.serving.exchange import Exchange, MakeCall
from spanloom.serving.protocols.call import Call
from spanloom.serving.protocols.chat_completions import ChatCompletionsCall
from spanloom.serving.protocols.invocations import InvocationsCall
from spanloom.serving.protocols.responses import ResponsesCall
from spanloom.serving.routes.documentation import answers, request_body
from spanloom.serving.state import ServerState

__all__ = ["add_to"]

_RETURN_TRACE_ID = "x-mlflow-return-trace-id"
_ERRORS = (400, 401, 403, 404, 413, 429, 500, 503, 504)
_INPUT = {"input": [{"role": "user", "content": "Hello!"}]}
_MESSAGES = {"messages": [{"role": "user", "content": "Hello!"}]}


def add_to(app: FastAPI, state: ServerState) -> None:
    """Add the paths."""

    def invocations(served: ServedAgent, body: dict[str, Any], headers: dict[str, str], trace_id: str) -> Call:
        wanted = headers.get(_RETURN_TRACE_ID, "").lower() == "true"
        return InvocationsCall(served, body, trace_id if wanted else None)

    def responses(served: ServedAgent, body: dict[str, Any], _headers: dict[str, str], _trace_id: str) -> Call:
        return ResponsesCall(served, body, state.stored)

    def chat_completions(served: ServedAgent, body: dict[str, Any], _headers: dict[str, str], _trace_id: str) -> Call:
        return ChatCompletionsCall(served, body)

    of_responses = request_body(
        ResponsesAgentRequest, _INPUT, conversation={"type": ["string", "object", "null"], "description": "Its id"}
    )
    _add(app, state, "/invocations", "Run an agent", invocations, {"requestBody": _any_object()})
    _add(app, state, "/v1/responses", "Create a response (OpenAI)", responses, of_responses)
    _add(app, state, "/responses", "Create a response (OpenAI)", responses, of_responses)
    of_chat = request_body(ChatCompletionRequest, _MESSAGES, model={"type": ["string", "null"]})
    _add(app, state, "/v1/chat/completions", "Create a chat completion (OpenAI)", chat_completions, of_chat)


def _any_object() -> dict[str, Any]:
    schema = {"type": "object", "description": "A request in the agent's own schema"}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": _INPUT}}}


def _add(
    app: FastAPI, state: ServerState, path: str, summary: str, make_call: MakeCall, documentation: dict[str, Any]
) -> None:
    async def documented() -> None:
        """Stand in the documentation for what runs."""

    app.add_api_route(
        path,
        documented,
        methods=["POST"],
        summary=summary,
        operation_id=path.strip("/").replace("/", "_"),
        response_class=Response,
        responses=answers(
            "The answer; a stream of events where the request says `stream: true`", *_ERRORS, streams=True
        ),
        openapi_extra=documentation,
    )
    route = app.router.routes[-1]
    assert isinstance(route, Route)

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        await Exchange(state, path, make_call)(scope, receive, send)

    # An exchange reads the request and writes the answer by itself; FastAPI would take longer to prepare both than all
    # of that takes.
    route.app = run
