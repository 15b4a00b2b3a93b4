"""HTTP exchanges, at the transports of any client."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from spanloom.cassettes.aside import answer_aside, is_exported
from spanloom.cassettes.bodies import body_chunks, request_content, stored_body
from spanloom.cassettes.deck import Deck, current
from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.making import being_made, making
from spanloom.cassettes.report import ReplayError
from spanloom.cassettes.secrets import is_secret_parameter
from spanloom.instrument.calls import Call
from spanloom.instrument.plugin import Around, Patch, Plugin
from spanloom.instrument.transports import HttpRequest, HttpResponse, HttpTransport
from spanloom.tracing.guard import guard

__all__ = ["http_patches"]

_KEPT = frozenset({"content-type", "location", "mcp-session-id", "request-id", "x-request-id", "x-should-retry"})
"""Of a response's headers: what clients read. Cookies and keys are never written."""

_TOO_BUSY = frozenset({408, 409, 429})
_SERVER_ERROR = 500


def http_patches(plugin: Plugin) -> tuple[Patch, ...]:
    """Return what brings the exchanges of a plugin's transports to the deck."""
    return tuple(_patch(transport) for transport in plugin.transports)


def _patch(transport: HttpTransport) -> Patch:
    exchanges = _Exchanges(transport)
    around: Around = exchanges.make_async if transport.is_async else exchanges.make
    return Patch(transport.module, transport.target, around, subclasses=transport.subclasses)


class _Exchanges:
    """Brings the exchanges of one transport to the deck."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    def make(self, function: Callable[..., Any], call: Call) -> Any:
        """Answer an exchange, or make it."""
        deck, request = current.deck, None
        with guard("cassettes: an HTTP request"):
            request = None if _is_passed_over() else self._transport.request(call)
        if deck is None or request is None:
            return function(*call.args, **call.kwargs)
        answer, interaction = self._meet(deck, call, request)
        if interaction is None:
            return answer
        with self._being_made(deck, call, interaction):
            response = function(*call.args, **call.kwargs)
        return self._listen(deck, call, response, interaction)

    async def make_async(self, function: Callable[..., Any], call: Call) -> Any:
        """Answer an exchange, or make it."""
        deck, request = current.deck, None
        with guard("cassettes: an HTTP request"):
            request = None if _is_passed_over() else self._transport.request(call)
            if inspect.isawaitable(request):
                request = await request
        if deck is None or request is None:
            return await function(*call.args, **call.kwargs)
        answer, interaction = self._meet(deck, call, request)
        if interaction is None:
            return answer
        with self._being_made(deck, call, interaction):
            response = await function(*call.args, **call.kwargs)
        return self._listen(deck, call, response, interaction)

    def _meet(self, deck: Deck, call: Call, request: Any) -> tuple[Any, Interaction | None]:
        """Return the answer, or else the interaction that is to be made."""
        asked = _asked(request)
        aside = answer_aside(request)
        if aside is not None:
            return (self._transport.respond(call, aside), None) if deck.is_offline else (None, Interaction(0, asked))
        try:
            found = deck.answer(asked)
        except ReplayError as error:
            # No failure of the connection, which clients would try again.
            told = orjson.dumps({"error": {"message": str(error), "type": "ReplayError"}})
            refusal = HttpResponse(404, {"content-type": "application/json"}, [told])
            return self._transport.respond(call, refusal), None
        if found is None:
            return None, deck.begin(asked)
        return self._answer(call, found.response), None

    def _answer(self, call: Call, response: Mapping[str, Any]) -> Any:
        failure = self._recorded_failure(call, response["failure"]) if "failure" in response else None
        if "status" not in response:
            assert failure is not None
            raise failure
        status, headers = response["status"], response["headers"]
        if status in _TOO_BUSY or status >= _SERVER_ERROR:
            headers = {**headers, "retry-after-ms": "1"}  # a replay needs no patience
        return self._transport.respond(call, HttpResponse(status, headers, body_chunks(response), failure))

    @contextmanager
    def _being_made(self, deck: Deck, call: Call, interaction: Interaction) -> Iterator[None]:
        try:
            with being_made(interaction):
                yield
        except Exception as error:
            with guard("cassettes: a failed HTTP exchange"):
                failure = self._stored_failure(call, error)
                if failure is not None:
                    deck.finish(interaction, {"failure": failure})
            raise

    def _listen(self, deck: Deck, call: Call, response: Any, interaction: Interaction) -> Any:
        if not interaction.number:
            return response

        def keep(tell: Callable[[], HttpResponse]) -> None:
            deck.listen(interaction, lambda: self._stored(call, tell()))

        with guard("cassettes: listening to an HTTP response"):
            return self._transport.listen(call, response, keep)
        return response

    def _stored(self, call: Call, heard: HttpResponse) -> dict[str, Any]:
        body = stored_body(b"".join(heard.chunks), heard.headers.get("content-type", ""))
        stored = {"status": heard.status, "headers": _kept(heard.headers), **body}
        if heard.failure is None:
            return stored
        failure = self._stored_failure(call, heard.failure)
        return {} if failure is None else {**stored, "failure": failure}

    def _stored_failure(self, call: Call, error: Exception) -> dict[str, str] | None:
        """Return a failure of the connection for the cassette; `None` if a replay could not raise the same."""
        failure = {"type": type(error).__name__, "message": str(error)}
        return failure if type(self._recorded_failure(call, failure)) is type(error) else None

    def _recorded_failure(self, call: Call, failure: Mapping[str, str]) -> Exception:
        with suppress(Exception):  # the name is that of another client's class
            if self._transport.fail is not None:
                return self._transport.fail(call, failure["type"], failure["message"])
        return ConnectionError(f"{failure['type']}: {failure['message']}")


def _is_passed_over() -> bool:
    """Whether this stands below an exchange that is being made: a transport on another one must not be heard twice."""
    maker = making.get()
    return (maker is not None and maker.request.kind == "http") or is_exported()


def _asked(request: HttpRequest) -> Request:
    parts = urlsplit(request.url)
    query = urlencode(sorted(_without_keys(parts.query)))
    name = f"{request.method} {parts.path or '/'}" + (f"?{query}" if query else "")
    return Request("http", name, request_content(request.body, request.content_type))


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name in _KEPT}
    if "location" in kept:
        parts = urlsplit(kept["location"])
        kept["location"] = parts._replace(query=urlencode(_without_keys(parts.query))).geturl()
    return kept


def _without_keys(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not is_secret_parameter(name)]
