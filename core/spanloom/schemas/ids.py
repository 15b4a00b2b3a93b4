"""The one place that mints the ids of responses and their items, in OpenAI's style: a prefix and 32 hex digits."""

from __future__ import annotations

import os

__all__ = [
    "new_function_call_id",
    "new_function_call_output_id",
    "new_mcp_approval_id",
    "new_message_id",
    "new_reasoning_id",
    "new_response_id",
]


def _hex() -> str:
    # The system's generator: neither a fork nor a user's `random.seed(0)` can make it repeat itself.
    return os.urandom(16).hex()


def new_response_id() -> str:
    """Return a fresh response id, `resp_…`."""
    return "resp_" + _hex()


def new_message_id() -> str:
    """Return a fresh message item id, `msg_…`."""
    return "msg_" + _hex()


def new_function_call_id() -> str:
    """Return a fresh function call item id, `fc_…` (not a `call_id`, which belongs to the model)."""
    return "fc_" + _hex()


def new_function_call_output_id() -> str:
    """Return a fresh function call output item id, `fco_…`."""
    return "fco_" + _hex()


def new_reasoning_id() -> str:
    """Return a fresh reasoning item id, `rs_…`."""
    return "rs_" + _hex()


def new_mcp_approval_id() -> str:
    """Return a fresh MCP approval request id, `mcpr_…`."""
    return "mcpr_" + _hex()
