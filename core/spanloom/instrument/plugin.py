"""What an autolog plugin is made of: one declarative object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from spanloom.instrument.calls import Call, CallHandler
from spanloom.instrument.transports import HttpTransport

__all__ = ["Around", "Hook", "Patch", "Plugin", "ToolFunction"]

Around = Callable[[Callable[..., Any], Call], Any]
"""`around(function, call)` makes the call, `function(*call.args, **call.kwargs)`, and returns what came of it."""


class Patch(NamedTuple):
    """One function or method to observe.

    Attributes:
        module: The module whose import makes the target available; it is never imported for the patch.
        target: Dotted path inside the module, e.g. `"Completions.create"`.
        handler: How to read its calls; or, where reading is not enough, a function that makes them.
        subclasses: Whether to patch the method of every subclass that overrides it, too, even of those defined later.
    """

    module: str
    target: str
    handler: CallHandler | Around
    subclasses: bool = False


class Hook(NamedTuple):
    """A framework's own callback, processor or dispatcher to join.

    Attributes:
        module: The module whose import makes it available.
        name: What `spanloom doctor` calls it.
        install: Called with the plugin's options once the module is imported; joins, and returns the exact undo.
    """

    module: str
    name: str
    install: Callable[[Mapping[str, Any]], Callable[[], None]]


class ToolFunction(NamedTuple):
    """The function by which a framework runs a tool: where `spanloom.record` listens and `spanloom.replay` answers.

    Attributes:
        module: The module whose import makes the target available.
        target: Dotted path inside the module, e.g. `"FunctionTool.run"`.
        name: The name of the tool that a call runs; `None` for what is no tool of the user's.
        arguments: What the model gave to the tool.
        subclasses: Whether every subclass that overrides the method counts, too.
        opens_span: Whether the tool's span is opened inside, so that a call which is answered would have none.
        result: Makes what the function returns out of what the tool's span tells as its output, to answer from a trace;
            `None` where that is the same.
    """

    module: str
    target: str
    name: Callable[[Call], str | None]
    arguments: Callable[[Call], Mapping[str, Any]]
    subclasses: bool = False
    opens_span: bool = False
    result: Callable[[Call, Any], Any] | None = None


class Plugin(NamedTuple):
    """Autologging for one framework.

    Attributes:
        name: The name people pass to `spanloom.autolog`; also the extra that installs the framework.
        package: The distribution whose version counts.
        requires: The versions that are tested, oldest and latest, as a version specifier.
        patches: Functions to observe.
        hooks: The framework's own interfaces to join.
        options: What `autolog(name, option=…)` takes, with the defaults.
        tools: Where the framework runs tools, for recording and replaying them.
        transports: The HTTP clients that the framework has instead of httpx and requests, for the same.

    Example:
        >>> plugin = Plugin(
        ...     name="acme",
        ...     package="acme-llm",
        ...     requires=">=1.0,<2",
        ...     patches=(Patch("acme.client", "Client.complete", handler),),
        ... )
    """

    name: str
    package: str
    requires: str
    patches: tuple[Patch, ...] = ()
    hooks: tuple[Hook, ...] = ()
    options: Mapping[str, Any] = MappingProxyType({})
    tools: tuple[ToolFunction, ...] = ()
    transports: tuple[HttpTransport, ...] = ()
