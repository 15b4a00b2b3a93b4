"""Standard schemas: validating a request of twenty items."""

from __future__ import annotations

from typing import Any

from measurements.contender import main
from measurements.schemas import TURN, seconds

TITLE = "validate a 20-item request"
UNIT = "µs"

_BODY: dict[str, Any] = {"input": TURN * 4, "context": {"conversation_id": "c1", "user_id": "u1"}}


def _spanloom(quick: bool) -> dict[str, float]:
    from spanloom.schemas import validate_request

    return seconds(validate_request, _BODY, quick=quick)


def _mlflow(quick: bool) -> dict[str, float]:
    from mlflow.types.responses import ResponsesAgentRequest

    return seconds(lambda body: ResponsesAgentRequest(**body), _BODY, quick=quick)


CONTENDERS = {"spanloom": _spanloom, "mlflow": _mlflow}

if __name__ == "__main__":
    main(CONTENDERS)
