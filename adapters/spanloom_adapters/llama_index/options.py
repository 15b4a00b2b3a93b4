"""What `wrap` takes for LlamaIndex's agents and engines."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LlamaIndexOptions"]


@dataclass(frozen=True)
class LlamaIndexOptions:
    """The options of the adapter `llama_index`.

    Attributes:
        max_iterations: Of agents: how often models may be asked in a run; a run whose last allowed answer is not
            the final one yet ends `incomplete`. LlamaIndex's own limit (20) by default.
        stream: Of chat engines: False for one that can't stream, whose answers then come whole.
    """

    max_iterations: int | None = None
    stream: bool = True

    def __post_init__(self) -> None:
        limit = self.max_iterations
        if limit is not None and (type(limit) is not int or limit < 1):
            raise ValueError(f"max_iterations={limit!r}: expected a number of model calls, 1 or more")
        if not isinstance(self.stream, bool):
            raise ValueError(f"stream={self.stream!r}: expected True or False")  # noqa: TRY004 - as wrap reports it
