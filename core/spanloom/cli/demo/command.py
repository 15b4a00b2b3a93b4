"""The command as people call it."""

from __future__ import annotations

from typing import Annotated

import typer

from spanloom.cli.stores import StoreOption
from spanloom.tracing.settings import settings

__all__ = ["demo"]


def demo(
    model: Annotated[str | None, typer.Option(help="The model to ask.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    store: StoreOption = None,
) -> None:
    """Run a real LangGraph agent through the real OpenAI client, traced.

    Without OPENAI_API_KEY or OPENAI_BASE_URL the model is a built-in scripted server: no account, no network.
    """
    from spanloom.cli.demo.session import run_demo

    run_demo(model, store or settings.store, as_json=as_json)
