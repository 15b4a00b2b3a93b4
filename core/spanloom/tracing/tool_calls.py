"""Where calls of traced tools can be answered by somebody else: the seam of `spanloom.record` and `spanloom.replay`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

__all__ = ["Interceptor", "answerable", "interception"]

Interceptor = Callable[[str, Mapping[str, Any], Callable[[], Any]], Any]
"""`interceptor(name, arguments, function)` returns what `function()` would have, a coroutine where that is one."""


class _Interception:
    """Who answers calls of tools in this process: nobody, mostly."""

    __slots__ = ("interceptor",)

    def __init__(self) -> None:
        self.interceptor: Interceptor | None = None


interception = _Interception()


def answerable(
    function: Callable[..., Any], name: str, arguments: Callable[[tuple[Any, ...], dict[str, Any]], Mapping[str, Any]]
) -> Callable[..., Any]:
    """Return `function` such that its calls go to the interceptor, while there is one."""

    def call(*args: Any, **kwargs: Any) -> Any:
        interceptor = interception.interceptor
        if interceptor is None:
            return function(*args, **kwargs)
        return interceptor(name, arguments(args, kwargs), partial(function, *args, **kwargs))

    return call
