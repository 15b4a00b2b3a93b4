"""One run of the demo: the agent's answer as it comes, then its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

import spanloom
from spanloom.cli.demo.agent import QUESTION, build_agent, require_frameworks
from spanloom.cli.demo.provider import Provider, open_provider
from spanloom.cli.demo.transcript import LiveTranscript, PlainTranscript
from spanloom.cli.formats import printable
from spanloom.cli.span_tree import SpanTree
from spanloom.cli.stores import file_of, place, same_store
from spanloom.cli.terminal import is_plain, make_console, show, show_json
from spanloom.cli.trace_page import totals
from spanloom.errors import AgentError, SpanloomError
from spanloom.schemas.responses import validate_response
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.settings import settings
from spanloom.tracing.traces import Trace

__all__ = ["run_demo"]


def run_demo(model: str | None, url: str, *, as_json: bool) -> None:
    """Run the agent and print what came of it.

    Args:
        model: The model to ask; by default one that suits the provider.
        url: The store that takes the trace.
        as_json: Print one JSON document instead of a page.

    Raises:
        MissingExtraError: If a framework is not installed.
        StoreError: If the store can't be opened.
        AgentError: If the agent failed; its trace is printed before.
    """
    require_frameworks()
    spanloom.configure(store=url)
    if not settings.enabled:
        raise SpanloomError("SPANLOOM_DISABLED switches tracing off, and the demo would show nothing; unset it")
    console = make_console()
    with open_provider(model) as provider:
        if as_json:
            response, failure = _run(provider, lambda _event: None)
        else:
            response, failure = _converse(console, provider)
    trace = _last_trace()
    if as_json:
        answer = validate_response(response).output_text if response is not None else None
        show_json({"answer": answer, "scripted": provider.scripted, "trace": trace.to_dict()})
    else:
        _show_trace(console, trace, url)
    if failure is not None:
        raise failure


def _converse(console: Console, provider: Provider) -> tuple[Any, AgentError | None]:
    about = "  a LangGraph agent, the OpenAI client, every call traced"
    show(console, Text.assemble(("spanloom demo", "bold"), (about, "dim")))
    if provider.scripted:
        about = "No OPENAI_API_KEY is set: the model is the built-in scripted server, no network."
    else:
        about = f"The model is {provider.model} at {provider.base_url or 'OpenAI'}"
    show(console, Text(printable(about), "dim"), Text())
    with _transcript(console) as transcript:
        return _run(provider, transcript.add)


@contextmanager
def _transcript(console: Console) -> Iterator[LiveTranscript | PlainTranscript]:
    if is_plain(console):
        plain = PlainTranscript(console, QUESTION)
        try:
            yield plain
        finally:
            plain.finish()
        return
    with Live(console=console, refresh_per_second=20, vertical_overflow="visible") as live:
        transcript = LiveTranscript(live, QUESTION)
        try:
            yield transcript
        finally:
            transcript.finish()


def _run(provider: Provider, watch: Callable[[ResponsesAgentStreamEvent], None]) -> tuple[Any, AgentError | None]:
    """Return the response, and what made the agent fail: the trace of a failure is worth showing, too."""
    spanloom.autolog()
    agent = spanloom.wrap(build_agent(provider.model, provider.base_url, provider.api_key))
    response = None
    try:
        with closing(agent.predict_stream({"input": QUESTION})) as events:  # type: ignore[type-var] # a generator
            for event in events:
                watch(event)
                if event.type in ("response.completed", "response.incomplete"):
                    response = event.response
    except Exception as error:
        return None, AgentError(f"the agent failed with {type(error).__name__}: {error}")
    return response, None


def _last_trace() -> Trace:
    trace_id = spanloom.get_last_active_trace_id()
    trace = spanloom.get_trace(trace_id) if trace_id is not None else None
    if trace is None:
        raise SpanloomError("the trace was not stored; `spanloom doctor` looks for the reason")
    return trace


def _show_trace(console: Console, trace: Trace, url: str) -> None:
    heading = Text("trace") if is_plain(console) else Rule("trace", align="left", style="dim")
    show(console, Text(), heading, SpanTree(trace), Text(), totals(trace), Text())
    stored = Text.assemble("Stored in ", (place(url), "bold"))
    if url.startswith("sqlite://") and file_of(url) is None:
        show(console, stored)
        return
    show(console, stored.append(". Look again:"))
    for command in ("list", f"show {trace.info.trace_id}"):
        # The terminal wraps it, not rich: what is copied is one line.
        console.print(Text(f"  spanloom traces {command}{same_store(url)}", "bold"), soft_wrap=True)
