"""Having every agent instrumented, without changing how the program instruments them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

__all__ = ["only_ours", "switch_on"]


@cache
def _settings() -> Any:
    """Return the settings of agents that the program does not instrument: they emit nothing to OpenTelemetry."""
    from opentelemetry.metrics import NoOpMeterProvider
    from opentelemetry.trace import NoOpTracerProvider
    from pydantic_ai.models.instrumented import InstrumentationSettings

    return InstrumentationSettings(
        tracer_provider=NoOpTracerProvider(), meter_provider=NoOpMeterProvider(), include_content=False
    )


def only_ours(settings: Any) -> bool:
    """Whether these are ours: then nobody waits for what Pydantic AI's own instrumentation does."""
    return settings is _settings()


def switch_on() -> Callable[[], None]:
    """Instrument all agents; a value that the program sets, now or later, wins unless it is "off". Returns the undo.

    `agent.instrument = False` still leaves that one agent out.
    """
    from pydantic_ai.agent import Agent

    from spanloom.instrument.ledger import Ledger

    ours = _settings()
    original: Any = vars(Agent)["instrument_all"]
    set_default: Callable[[Any], None] = original.__func__
    chosen = Agent._instrument_default  # noqa: SLF001 - it can be set, but not read, in public
    active = True

    def instrument_all(instrument: Any = True) -> None:
        nonlocal chosen
        set_default(instrument)
        chosen = instrument
        if active and not instrument:
            set_default(ours)

    ledger = Ledger()
    ledger.replace(Agent, "instrument_all", staticmethod(instrument_all))
    if not chosen:
        set_default(ours)

    def undo() -> None:
        nonlocal active
        active = False
        ledger.restore()
        if Agent._instrument_default is ours:  # noqa: SLF001
            set_default(chosen)

    return undo
