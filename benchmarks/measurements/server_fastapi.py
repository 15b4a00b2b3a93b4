"""A bare FastAPI application: what comes in goes out, or 20 server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from measurements.server_uvicorn import serve
from measurements.server_workload import EVENTS


async def _echo(body: dict[str, Any]) -> dict[str, Any]:
    return body


async def _events() -> AsyncIterator[str]:
    for event in EVENTS:
        yield f"data: {json.dumps(event)}\n\n"


def main() -> None:
    """Serve `/whole` and `/streamed`."""
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    async def streamed(_body: dict[str, Any]) -> Any:
        return StreamingResponse(_events(), media_type="text/event-stream")

    app = FastAPI()
    app.add_api_route("/whole", _echo, methods=["POST"])
    app.add_api_route("/streamed", streamed, methods=["POST"], response_model=None)
    serve(app)


if __name__ == "__main__":
    main()
