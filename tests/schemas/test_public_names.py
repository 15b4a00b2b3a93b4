from __future__ import annotations

from spanloom import schemas
from spanloom.schemas import ids


def test_public_names_exist_and_are_sorted():
    assert schemas.__all__ == sorted(schemas.__all__)
    assert all(hasattr(schemas, name) for name in schemas.__all__)


def test_ids_have_their_prefix_and_never_repeat():
    prefixes = {
        ids.new_response_id: "resp_",
        ids.new_message_id: "msg_",
        ids.new_function_call_id: "fc_",
        ids.new_function_call_output_id: "fco_",
        ids.new_reasoning_id: "rs_",
        ids.new_mcp_approval_id: "mcpr_",
    }
    for make, prefix in prefixes.items():
        made = {make() for _ in range(100)}
        assert len(made) == 100
        assert all(new.startswith(prefix) and len(new) == len(prefix) + 32 for new in made)
