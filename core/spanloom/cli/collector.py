"""`spanloom collector`: traces from other processes, in any language, into one store."""

from __future__ import annotations

from typing import Annotated

import typer

import spanloom
from spanloom.cli.addresses import LOOPBACK, base_url
from spanloom.cli.stores import StoreOption, place
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import settings
from spanloom.web import server_extra_needed

__all__ = ["collector"]

_DRAIN_SECONDS = 10


def collector(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 finds a free one.")] = 4318,
    store: StoreOption = None,
) -> None:
    """Receive traces over OTLP/HTTP (protobuf and JSON), from any OpenTelemetry SDK, into the trace store.

    The port is the one that SDKs send to by default; OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 names it.
    Look at what has come with `spanloom ui`, which receives as well.
    """
    with server_extra_needed("spanloom collector"):
        from spanloom.otlp.receive.application import make_application
        from spanloom.web.process import listen, serve
    spanloom.configure(store=store or settings.store)
    pipeline.store()  # a store that can't be opened is told now
    listening = listen(host, port)
    address = base_url(host, listening.getsockname()[1])
    typer.echo(f"receiving OTLP at {address}/v1/traces, into {place(settings.store)} (Ctrl-C stops)", err=True)
    if host not in LOOPBACK:
        typer.echo("Warning: everybody who reaches this address may add traces", err=True)
    serve(make_application(host=host), listening, close_seconds=_DRAIN_SECONDS)
