"""`spanloom ui`: traces on a local web page."""

from __future__ import annotations

from typing import Annotated

import typer

from spanloom.cli.addresses import LOOPBACK, base_url
from spanloom.cli.stores import StoreOption, open_existing, place
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
    url = open_existing(store)
    listening = listen(host, port)
    address = f"{base_url(host, listening.getsockname()[1])}/"
    typer.echo(f"traces of {place(url)} at {address} (Ctrl-C stops)", err=True)
    if host not in LOOPBACK:
        typer.echo("Warning: everybody who reaches this address may read and add traces", err=True)
    if not no_browser:
        import webbrowser

        webbrowser.open(address)
    serve(make_application(host=host), listening)
