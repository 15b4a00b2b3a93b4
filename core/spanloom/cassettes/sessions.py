"""`spanloom.record` and `spanloom.replay`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

from spanloom.cassettes.deck import Deck, current
from spanloom.cassettes.http import http_patches
from spanloom.cassettes.httpx_transports import HTTPX, HTTPX2
from spanloom.cassettes.network import no_network
from spanloom.cassettes.player import Player
from spanloom.cassettes.playing import PlayingDeck
from spanloom.cassettes.recording import RecordingDeck
from spanloom.cassettes.report import Replay, ReplayError
from spanloom.cassettes.requests_adapters import REQUESTS
from spanloom.cassettes.secrets import without_secrets
from spanloom.cassettes.tape import Tape, read_tape
from spanloom.cassettes.tools import tool_patches, traced_tools
from spanloom.errors import SpanloomError
from spanloom.instrument.installation import Installation
from spanloom.instrument.plugin import Plugin
from spanloom.instrument.registry import installations
from spanloom.tracing.traces import Trace

__all__ = ["record", "replay"]

_running = threading.Lock()


@contextmanager
def record(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keep every answer of a model and a tool, inside the block, in a file that `spanloom.replay` answers from.

    What goes over HTTP (through httpx or requests) is kept as it was, streams included; tools are heard where the
    plugins that are switched on, and functions traced as TOOL, run them. Keys, cookies and whatever
    `spanloom.configure(redact=...)` names are never written. The file is written at the end of the block, also if it
    raises, but not if it is interrupted.

    Args:
        path: The file: JSON lines, fit for git. One that exists is replaced.

    Raises:
        SpanloomError: If something is being recorded or replayed already, or the path is that of a folder.

    Example:
        >>> spanloom.autolog()
        >>> with spanloom.record("paris.jsonl"):
        ...     agent.predict({"input": "What is the weather in Paris?"})
    """
    if Path(path).is_dir():
        raise SpanloomError(f"record({str(path)!r}): this is a folder; name a file in it, such as 'calls.jsonl'")
    tape = Tape(Path(path), without_secrets())
    with _calls_brought_to(RecordingDeck(tape)):
        try:
            yield
        except Exception:
            tape.save()
            raise
        else:
            tape.save()


@contextmanager
def replay(
    source: str | os.PathLike[str] | Trace, *, on_missing: Literal["error", "call"] = "error"
) -> Iterator[Replay]:
    """Answer every call of a model and a tool, inside the block, from a record: offline, fast, and always the same.

    Calls are found by what they ask, whatever their order, host, keys and ids. One that is not on the record is refused
    with an error that names it, and the block ends with a `ReplayError` even if the program swallowed that.

    Args:
        source: A file made by `spanloom.record`, or a trace: its model calls are answered on the wire they are asked
            on now.
        on_missing: `"call"` makes the real call where the record has none.

    Yields:
        What changed against the record; complete at the end of the block.

    Raises:
        ReplayError: If a call was not on the record, or the source can't be replayed.
        SpanloomError: If something is being recorded or replayed already.

    Example:
        >>> with spanloom.replay("paris.jsonl") as report:
        ...     agent.predict({"input": "What is the weather in Paris?"})
        >>> assert not report.changed, report
    """
    if on_missing not in ("error", "call"):
        raise SpanloomError(f"replay(on_missing={on_missing!r}): expected 'error' or 'call'")
    redact = without_secrets()
    player = _player(source, redact)
    deck = PlayingDeck(player, redact, is_offline=on_missing == "error")
    try:
        try:
            with no_network() if deck.is_offline else nullcontext(), _calls_brought_to(deck):
                yield player.report
        finally:
            player.finish()
    except Exception as error:
        if _is_refused(player.report, on_missing):
            error.add_note(f"spanloom.replay: {player.report}")
        raise
    if _is_refused(player.report, on_missing):
        raise ReplayError(f"the program made calls that are not on the record\n{player.report}")


def _player(source: str | os.PathLike[str] | Trace, redact: Callable[..., Any]) -> Player:
    if isinstance(source, Trace):
        from spanloom.cassettes.trace_source import TracePlayer

        return TracePlayer(source, redact)
    if isinstance(source, str | os.PathLike):
        return Player(read_tape(Path(source)), redact)
    raise ReplayError(f"replay({source!r}): expected a cassette's path or a trace, as spanloom.get_trace() returns it")


def _is_refused(report: Replay, on_missing: str) -> bool:
    return on_missing == "error" and bool(report.new or report.different)


@contextmanager
def _calls_brought_to(deck: Deck) -> Iterator[None]:
    if not _running.acquire(blocking=False):
        raise SpanloomError("something is being recorded or replayed already in this process: end that block first")
    with ExitStack() as stack:
        stack.callback(_running.release)
        stack.enter_context(_at_work(deck))
        stack.enter_context(traced_tools(deck))
        switched_on = [installation.plugin for installation in installations.values()]
        for plugin in (HTTPX, HTTPX2, REQUESTS, *switched_on):
            stack.callback(Installation(_listener(plugin), {}).remove)
        yield


@contextmanager
def _at_work(deck: Deck) -> Iterator[None]:
    current.deck = deck
    try:
        yield
    finally:
        current.deck = None


def _listener(plugin: Plugin) -> Plugin:
    """Return the plugin that brings the calls of another one's framework to the deck."""
    patches = (*http_patches(plugin), *tool_patches(plugin))
    return Plugin(f"cassettes: {plugin.name}", plugin.package, plugin.requires, patches)
