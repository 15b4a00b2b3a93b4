"""`.stream()`: it only prepares the request, which is sent when its manager is entered."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from spanloom.instrument import Call, CallHandler
from spanloom.tracing.guard import guard

__all__ = ["observe_when_entered"]


def observe_when_entered(plugin: str, handler: CallHandler) -> Callable[[Callable[..., Any], Call], Any]:
    """Return what to call instead of `.stream()`: the span begins when the request is sent.

    A manager that is never entered sends nothing, and has no span.
    """

    def prepare(function: Callable[..., Any], call: Call) -> Any:
        manager = function(*call.args, **call.kwargs)
        with guard(f"{plugin}: stream manager"):
            name = f"_{type(manager).__name__}__api_request"
            setattr(manager, name, _Request(plugin, handler, call, getattr(manager, name)))
        return manager

    return prepare


class _Request:
    """The request that a manager holds: a function to call, or an awaitable."""

    __slots__ = ("_call", "_handler", "_plugin", "_request")

    def __init__(self, plugin: str, handler: CallHandler, call: Call, request: Any) -> None:
        self._plugin = plugin
        self._handler = handler
        self._call = call
        self._request = request

    def __call__(self) -> Any:
        if self._is_off():
            return self._request()

        from spanloom.instrument.observation import observe

        def send(*_: Any, **__: Any) -> Any:
            return self._request()

        return observe(self._handler, self._plugin, send, self._call)

    def __await__(self) -> Generator[Any, Any, Any]:
        if self._is_off():
            return self._request.__await__()  # type: ignore[no-any-return]

        from spanloom.instrument.observation import observe_async

        async def send(*_: Any, **__: Any) -> Any:
            return await self._request

        return observe_async(self._handler, self._plugin, send, self._call).__await__()

    def _is_off(self) -> bool:
        from spanloom.instrument.registry import installations

        return self._plugin not in installations
