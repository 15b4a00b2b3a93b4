"""`spanloom serve`: agents behind HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from spanloom.cli.addresses import LOOPBACK
from spanloom.cli.stores import StoreOption, place
from spanloom.tracing.settings import settings as tracing_settings
from spanloom.web import server_extra_needed

__all__ = ["serve"]

_MEGABYTE = 2**20


def serve(
    agents: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]MODULE:AGENT|MODEL...",
            help="Native or standard agents; a module alone: the functions it registers with @invoke() and @stream(); "
            "saved models: models:/name@alias, models:/name/3, runs:/id/path or a folder.",
        ),
    ],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
    reload: Annotated[bool, typer.Option("--reload", help="Start anew when a source file changes.")] = False,
    api_key: Annotated[
        list[str] | None,
        typer.Option(help="Clients must send it as a bearer token; may be repeated. (or SPANLOOM_API_KEY)"),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds that an answer may take.")] = 600.0,
    max_concurrency: Annotated[int, typer.Option(min=1, help="Requests that run at once.")] = 128,
    max_body: Annotated[float, typer.Option(min=0.001, help="The largest request body, in MiB.")] = 32.0,
    cors: Annotated[
        list[str] | None, typer.Option(metavar="ORIGIN", help="Pages of this origin may call the server; * for all.")
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:PORT]", help="A name that a proxy on this machine passes on as the host."),
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="FILE", help="Keep conversations in this SQLite file, not in memory.")
    ] = None,
    drain_timeout: Annotated[float, typer.Option(min=0, help="Seconds that running requests get to finish.")] = 30.0,
    store: StoreOption = None,
) -> None:
    """Serve agents over HTTP, in the protocols of OpenAI and MLflow, with every request traced.

    Talk to them on the page at http://127.0.0.1:8000, with any OpenAI client (base_url=http://127.0.0.1:8000/v1), or
    through POST /invocations.
    """
    import os

    with server_extra_needed("spanloom serve"):
        from spanloom.cli import served_places
        from spanloom.serving import command
        from spanloom.serving.process import serve as serve_application
    from spanloom.serving.settings import ServerSettings

    if store is not None:
        os.environ["SPANLOOM_STORE"] = store
        tracing_settings.store = store
    keys = {"api_keys": api_key} if api_key else {}
    limits = ServerSettings(
        **keys,
        timeout=timeout,
        max_concurrency=max_concurrency,
        max_body=int(max_body * _MEGABYTE),
        cors=cors or [],
        allowed_hosts=allowed_host or [],
        state=state,
        drain_timeout=drain_timeout,
    )
    references = [served_places.settled(reference) for reference in agents]
    server = command.make_server(references, limits, served_places.find_agent)
    typer.echo(f"serving {', '.join(server.names)} at http://{host}:{port} (Ctrl-C stops; docs at /docs)", err=True)
    typer.echo(f"traces go to {place(tracing_settings.store)}", err=True)
    if not limits.api_keys and host not in LOOPBACK:
        typer.echo("Warning: everybody who reaches this address may use it: set SPANLOOM_API_KEY", err=True)
    if workers == 1 and not reload:
        serve_application(server.app, host=host, port=port)
    else:
        command.remember(references, limits)
        serve_application(served_places.APPLICATION, host=host, port=port, workers=workers, reload=reload, factory=True)
