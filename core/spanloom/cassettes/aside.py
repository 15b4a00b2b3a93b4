"""Exchanges that belong to no record: they happen beside what the program asks for, whenever it suits them."""

from __future__ import annotations

import re
import sys

from spanloom.instrument.transports import HttpRequest, HttpResponse

__all__ = ["answer_aside", "is_exported"]

_TRACING_SERVICES = re.compile(
    r"https://(?:api\.openai\.com/v1/traces/ingest|(?:[\w-]+\.)*api\.smith\.langchain\.com/)"
)
"""Where the SDK of OpenAI's agents and LangChain send traces of their own, in the background."""


def is_exported() -> bool:
    """Whether traces are being sent here: OpenTelemetry's exporters say so, for nobody is to take note of it."""
    context = sys.modules.get("opentelemetry.context")
    return context is not None and bool(context.get_value(context._SUPPRESS_INSTRUMENTATION_KEY))  # noqa: SLF001


def answer_aside(request: HttpRequest) -> HttpResponse | None:
    """Return what an exchange gets that belongs to no record, in a replay without network; `None` for all others."""
    if _TRACING_SERVICES.match(request.url):
        return HttpResponse(202, {"content-type": "application/json"}, [b"{}"])
    if request.method == "GET" and "text/event-stream" in request.accept:
        # A client of MCP listens for what the server says unasked. It does without where a server offers nothing:
        # https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#listening-for-messages-from-the-server
        return HttpResponse(405, {}, [])
    return None
