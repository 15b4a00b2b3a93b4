"""Whatever comes in: no 500, and no answer that the server's own OpenAPI document does not foresee."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from served_agents import Golden, words

import spanloom
from spanloom.serving import AgentServer, ServerSettings

schemathesis = pytest.importorskip("schemathesis")

from schemathesis.checks import not_a_server_error  # noqa: E402 - the package may be missing
from schemathesis.specs.openapi.checks import (  # noqa: E402 - same
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)


class Chat(spanloom.ChatAgent):
    def predict(self, messages, context, custom_inputs):
        return {"messages": [{"role": "assistant", "content": "hi", "id": "m1"}]}


APP = AgentServer(agents={"golden": Golden(), "words": words, "chat": Chat()}, settings=ServerSettings(api_keys=[])).app
# Which requests fit can't be said in full there: which agent, whose schema, what was said before.
CHECKS = [
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)


@SCHEMA.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_comes_in_is_answered_as_documented(case):
    case.call_and_validate(checks=CHECKS)
