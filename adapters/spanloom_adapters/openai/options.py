"""What `spanloom.wrap` takes for a client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["OpenAIOptions"]


@dataclass(frozen=True)
class OpenAIOptions:
    """The options.

    Attributes:
        model: The model that is asked, or the deployment on Azure; a request can't choose another one.
        api: Where it is asked: `responses`, or `chat` for chat completions, which more providers speak.
    """

    model: str = ""
    api: Literal["responses", "chat"] = "responses"

    def __post_init__(self) -> None:
        if not self.model or not isinstance(self.model, str):
            raise ValueError('a client needs to know what to ask: wrap(client, model="gpt-5")')
        if self.api not in {"responses", "chat"}:
            raise ValueError(f"api={self.api!r}: expected 'responses' or 'chat'")
