"""Names for runs that nobody named."""

from __future__ import annotations

import secrets
from typing import Final

__all__ = ["random_name"]

_QUALITIES: Final = (
    *("amber", "brave", "calm", "clever", "crisp", "daring", "eager", "fair", "gentle", "golden", "happy", "honest"),
    *("jolly", "keen", "kind", "lively", "lucid", "lucky", "mellow", "merry", "nimble", "noble", "placid", "proud"),
    *("quick", "quiet", "rapid", "sharp", "silver", "steady", "sunny", "swift", "tidy", "vivid", "warm", "witty"),
)
_CREATURES: Final = (
    *("badger", "beaver", "bison", "crane", "cricket", "dolphin", "eagle", "falcon", "ferret", "finch", "fox", "gecko"),
    *("hare", "heron", "ibis", "jay", "kestrel", "koala", "lark", "lemur", "lynx", "marten", "moose", "otter", "owl"),
    *("panda", "puffin", "raven", "robin", "seal", "sparrow", "stork", "swan", "tapir", "turtle", "whale", "wren"),
)


def random_name() -> str:
    """Return two words and a number, e.g. `swift-otter-417`."""
    return f"{secrets.choice(_QUALITIES)}-{secrets.choice(_CREATURES)}-{secrets.randbelow(1000)}"
