"""What a filter says about runs, as SQL conditions."""

from __future__ import annotations

from typing import Final

from spanloom.store.search.table_conditions import TableConditions
from spanloom.tracking.tables import LATEST_METRICS, PARAMS, RUNS, TAGS

__all__ = ["condition", "value_of"]

_CONDITIONS: Final = TableConditions(RUNS, "run_id", {"metrics": LATEST_METRICS, "params": PARAMS, "tags": TAGS})

condition = _CONDITIONS.condition
value_of = _CONDITIONS.value_of
