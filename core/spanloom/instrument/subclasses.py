"""Wrapping a method wherever a class family defines it: in subclasses that exist, and in those defined later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from spanloom.instrument.ledger import Ledger
from spanloom.tracing.guard import guard

__all__ = ["wrap_in_family"]

Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]


def wrap_in_family(
    base: type[Any], name: str, wrapper: Callable[[Any], Wrapper], enabled: Callable[[], bool]
) -> Callable[[], None]:
    """Wrap method `name` of `base` and of every subclass that defines its own; abstract ones are left alone.

    Args:
        base: The base class; `base.__init_subclass__` announces the subclasses that are defined later.
        name: The method.
        wrapper: Gets the raw attribute, returns what wrapt calls in its place.
        enabled: Asked at each call: whether wrappers do anything, also those captured before the undo.

    Returns:
        The undo. It finds the wrappers by going through the classes again: nothing here keeps a class alive.

    Raises:
        AttributeError: If `base` has no such method.
    """
    import wrapt

    getattr(base, name)

    class FamilyWrapper(wrapt.FunctionWrapper):  # type: ignore[type-arg]  # not subscriptable before wrapt 2
        """The mark by which the undo knows what is ours."""

    def wrap(owner: type[Any]) -> None:
        method = vars(owner).get(name)
        if method is not None and not getattr(method, "__isabstractmethod__", False):
            setattr(owner, name, FamilyWrapper(method, wrapper(method), enabled=enabled))

    forget = _when_subclassed(base, wrap)
    for owner in _family(base):
        wrap(owner)

    def undo() -> None:
        forget()
        for owner in _family(base):
            method = vars(owner).get(name)
            if type(method) is FamilyWrapper:
                setattr(owner, name, method.__wrapped__)

    return undo


def _when_subclassed(base: type[Any], announce: Callable[[type[Any]], None]) -> Callable[[], None]:
    """Call `announce(cls)` for each subclass that is defined from now on. Returns the undo."""
    ledger, original, active = Ledger(), vars(base).get("__init_subclass__"), True

    def init_subclass(cls: type[Any], /, **kwargs: Any) -> None:
        if original is None:
            super(base, cls).__init_subclass__(**kwargs)
        else:
            original.__get__(None, cls)(**kwargs)
        # Where somebody has put a hook of theirs on top, this one stays in the chain after the undo.
        if active:
            with guard(f"subclass of {base.__qualname__}"):
                announce(cls)

    ledger.replace(base, "__init_subclass__", classmethod(init_subclass))

    def undo() -> None:
        nonlocal active
        active = False
        ledger.restore()

    return undo


def _family(base: type[Any]) -> Iterator[type[Any]]:
    """Go through `base` and all its subclasses, each once."""
    seen, waiting = {base}, [base]
    while waiting:
        owner = waiting.pop()
        yield owner
        for below in type.__subclasses__(owner):
            if below not in seen:
                seen.add(below)
                waiting.append(below)
