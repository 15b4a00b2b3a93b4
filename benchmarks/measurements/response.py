"""Standard schemas: building a response of four items."""

from __future__ import annotations

from typing import Any

from measurements.contender import main
from measurements.schemas import TURN, seconds

TITLE = "build a 4-item response"
UNIT = "µs"

_BODY: dict[str, Any] = {"output": TURN[1:]}


def _spanloom(quick: bool) -> dict[str, float]:
    from spanloom.schemas import validate_response

    return seconds(validate_response, _BODY, quick=quick)


def _mlflow(quick: bool) -> dict[str, float]:
    from mlflow.types.responses import ResponsesAgentResponse

    return seconds(lambda body: ResponsesAgentResponse(**body), _BODY, quick=quick)


CONTENDERS = {"spanloom": _spanloom, "mlflow": _mlflow}

if __name__ == "__main__":
    main(CONTENDERS)
