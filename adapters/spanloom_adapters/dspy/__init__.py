"""DSPy programs as standard agents: `Predict`, `ChainOfThought`, `ReAct`, `ReActV2`, `CodeAct`, `RLM`, any `Module`.

What a program takes and gives follows from its signature, see `spanloom_adapters.dspy.program`: the user's message goes
to `question` (or what else is there for it), other inputs come from `custom_inputs`, and `answer` (or what is most like
it) is the text. Fields that hold reasoning become reasoning items. The other outputs are in
`custom_outputs["prediction"]`, and an answer of a type is in `custom_outputs["structured_response"]`.

Earlier turns are a `dspy.History`, also where the program has no field for one. What the system says is added to the
system prompts. Tool calls and their results, and the code that `CodeAct` and `RLM` write, are items.

DSPy's settings are never changed: models are taken as they are configured, or from the option `lm`; a request's
`temperature`, `tools` and the like are not for them. A program without `aforward` runs in a thread.

For loops of your own, `to_responses_items`, `to_responses_events` and `to_chat_agent` read what DSPy gives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from spanloom.agents.adapter import Run
from spanloom.facade import lazy_attributes
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.options import DSPyOptions

if TYPE_CHECKING:
    from spanloom_adapters.dspy.parsing import to_chat_agent, to_responses_events, to_responses_items

__all__ = ["DSPyAdapter", "DSPyOptions", "adapter", "to_chat_agent", "to_responses_events", "to_responses_items"]

_PARSING = "spanloom_adapters.dspy.parsing"

__getattr__, __dir__ = lazy_attributes(
    __name__, {"to_chat_agent": _PARSING, "to_responses_events": _PARSING, "to_responses_items": _PARSING}
)


class DSPyAdapter:
    """Runs a DSPy program."""

    name = "dspy"
    targets = frozenset({"dspy.primitives.module.Module"})
    options = DSPyOptions

    def reentrant(self, agent: Any) -> bool:  # noqa: ARG002 - all are
        """Programs keep nothing of a call but DSPy's own history of prompts."""
        return True

    def remembers(self, agent: Any) -> bool:  # noqa: ARG002 - none does
        """Nothing is kept."""
        return False

    def events(self, agent: Any, request: ResponsesAgentRequest, run: Run) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the program on the request, yielding the events of its items."""
        from spanloom_adapters.dspy.stream import stream_events

        return stream_events(agent, request, run)

    async def cancel(self, run: Run) -> None:
        """Stop the program: at once if it is asynchronous, else before it takes another piece of its model's answer."""
        if run.native is not None:
            await run.native.stop()


adapter = DSPyAdapter()
