"""What a function takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from inspect import Parameter
from typing import Any, NamedTuple, get_origin

from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.callable.options import Takes

__all__ = ["Signature", "read_signature"]

_BY_NAME: dict[str, Takes] = {
    "request": "request",
    **dict.fromkeys(("messages", "history", "conversation", "chat_history"), "messages"),
    **dict.fromkeys(("items", "input_items"), "items"),
    **dict.fromkeys(("text", "prompt", "question", "query", "message", "user_message", "input", "user_input"), "text"),
}
_ITEMS = frozenset({"input", "input_items", "items"})
"""Names of parameters that, annotated as a list, take Responses items."""
_LISTS = (list, Sequence, Iterable)
_EXTRAS = frozenset({"context", "custom_inputs"})


class Signature(NamedTuple):
    """How a function is called.

    Attributes:
        takes: What its argument is; `None` where it takes none.
        keyword: The argument's name, where it has to be given by name.
        extras: Which of `context` and `custom_inputs` it takes besides.
    """

    takes: Takes | None
    keyword: str | None = None
    extras: frozenset[str] = frozenset()


def read_signature(function: Callable[..., Any], takes: Takes | None) -> Signature:
    """Return how the function is called; `takes` wins over what its parameter says.

    Raises:
        AgentError: If its parameter does not say what it takes, or it needs other arguments too.
    """
    return (_read_once if isinstance(function, Hashable) else _read)(function, takes)


def _read(function: Callable[..., Any], takes: Takes | None) -> Signature:
    parameters = _parameters(function)
    if parameters is None:
        if takes is None:
            raise _unclear(function, "has no signature")
        return Signature(takes)
    extras = frozenset(parameter.name for parameter in parameters if parameter.name in _EXTRAS)
    own = [parameter for parameter in parameters if parameter.name not in extras and _takes_input(parameter)]
    required = [parameter for parameter in own if parameter.default is Parameter.empty]
    needed = [parameter.name for parameter in required[1:] if parameter.kind is not Parameter.VAR_POSITIONAL]
    if needed:
        raise AgentError(
            f"{_name(function)} also needs {', '.join(needed)}: give them before, wrap(functools.partial(...)), or "
            "take them from context or custom_inputs, which a function gets under these names"
        )
    if not own:
        return Signature(None, extras=extras)
    first = (required or own)[0]
    kind = takes or _told_by(first)
    if kind is None:
        raise _unclear(function, f"does not say what {first.name!r} is")
    return Signature(kind, first.name if first.kind is Parameter.KEYWORD_ONLY else None, extras)


_read_once = lru_cache(maxsize=256)(_read)
"""Every request asks."""


def _parameters(function: Callable[..., Any]) -> Iterable[Parameter] | None:
    try:
        return inspect.signature(function, eval_str=True).parameters.values()
    except (ValueError, TypeError):  # some builtins have none
        return None
    except Exception:  # annotations that are only there for type checkers
        return inspect.signature(function).parameters.values()


def _takes_input(parameter: Parameter) -> bool:
    if parameter.kind is Parameter.KEYWORD_ONLY:
        return parameter.default is Parameter.empty
    return parameter.kind is not Parameter.VAR_KEYWORD


def _told_by(parameter: Parameter) -> Takes | None:
    annotation = parameter.annotation
    if annotation in (str, "str", str | None):
        return "text"
    if isinstance(annotation, type) and issubclass(annotation, ResponsesAgentRequest):
        return "request"
    if (get_origin(annotation) or annotation) in _LISTS:
        return "items" if parameter.name in _ITEMS else "messages"
    return _BY_NAME.get(parameter.name)


def _unclear(function: Callable[..., Any], problem: str) -> AgentError:
    return AgentError(
        f"{_name(function)} {problem}: annotate its parameter as str, or name it text, messages, items or request; or "
        "say it, wrap(function, takes='text'), with one of 'text', 'messages', 'items', 'request'"
    )


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", None) or repr(function)
