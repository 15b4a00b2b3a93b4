"""`spanloom ui`: traces on a local web page."""

from __future__ import annotations

from typing import Annotated

import typer

from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.web import server_extra_needed

__all__ = ["ui"]

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def ui(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 finds a free one.")] = 4747,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page in a browser.")] = False,
    store: StoreOption = None,
) -> None:
    """Look at traces in the browser: search, span trees, conversations, feedback."""
    with server_extra_needed("spanloom ui"):
        from spanloom.viewer import process
    url = open_existing(store)
    listening = process.listen(host, port)
    name = _ANY_ADDRESS.get(host, host)
    address = f"http://{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}/"
    typer.echo(f"traces of {place(url)} at {address} (Ctrl-C stops)", err=True)
    if host not in _LOOPBACK:
        typer.echo("Warning: everybody who reaches this address may read the traces", err=True)
    if not no_browser:
        import webbrowser

        webbrowser.open(address)
    process.serve(host, listening)
