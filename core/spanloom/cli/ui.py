"""`spanloom ui`: traces on a local web page."""

from __future__ import annotations

from typing import Annotated

import typer

import spanloom
from spanloom.cli.addresses import LOOPBACK, base_url
from spanloom.cli.stores import StoreOption, file_of, place
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import settings
from spanloom.web import server_extra_needed

__all__ = ["ui"]


def ui(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 finds a free one.")] = 4747,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page in a browser.")] = False,
    store: StoreOption = None,
) -> None:
    """Look at traces in the browser: search, span trees, conversations, feedback. Takes OTLP at /v1/traces, too."""
    with server_extra_needed("spanloom ui"):
        from spanloom.viewer import make_application
        from spanloom.web.process import listen, serve
    url = store or settings.store
    file = file_of(url)
    new = " (new, empty)" if file is not None and not file.exists() else ""
    spanloom.configure(store=url)
    pipeline.store()  # made if there is none: who receives may be there before who sends
    listening = listen(host, port)
    address = f"{base_url(host, listening.getsockname()[1])}/"
    typer.echo(f"traces of {place(url)}{new} at {address} (Ctrl-C stops)", err=True)
    if host not in LOOPBACK:
        typer.echo("Warning: everybody who reaches this address may read and add traces", err=True)
    if not no_browser:
        import webbrowser

        webbrowser.open(address)
    serve(make_application(host=host), listening)
