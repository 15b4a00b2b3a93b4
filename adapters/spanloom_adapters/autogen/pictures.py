"""Images of a request, passed on as they are."""

from __future__ import annotations

import base64
import binascii
from io import BytesIO
from typing import Any, Literal

from autogen_core import Image
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from spanloom.errors import AgentError

__all__ = ["Picture"]


class Picture(Image):
    """An image that goes to the model by its address, or with the very data that it came with.

    AutoGen's own class makes a PNG of everything and takes no address.

    Args:
        url: An `https:` or `data:` URL.
        detail: How closely the model should look.

    Raises:
        AgentError: If it is neither, or the data is no image.
    """

    def __init__(self, url: str, detail: str | None = None) -> None:
        self.url = url
        self._detail = detail
        head, comma, data = url.partition(",")
        self.is_remote = url.startswith(("http://", "https://"))
        if self.is_remote:
            return
        if not (head.startswith("data:") and head.endswith(";base64") and comma):
            raise AgentError(f"an input_image needs an https: or a base64 data: URL as its image_url, not {url[:40]!r}")
        try:
            super().__init__(PillowImage.open(BytesIO(base64.b64decode(data, validate=True))))
        except (binascii.Error, UnidentifiedImageError) as error:
            raise AgentError(f"the data of an input_image is not an image: {error}") from error

    def __getattr__(self, name: str) -> Any:
        if name == "image":
            raise AgentError(
                "AutoGen can't pass on the address of an image here, only its data: send the input_image as a data: URL"
            )
        raise AttributeError(name)

    def to_base64(self) -> str:
        """Return the data as it came."""
        return super().to_base64() if self.is_remote else self.url.partition(",")[2]

    @property
    def data_uri(self) -> str:
        """The address."""
        return self.url

    def to_openai_format(self, detail: Literal["auto", "low", "high"] = "auto") -> dict[str, Any]:
        """Return the content part of a chat completion."""
        return {"type": "image_url", "image_url": {"url": self.url, "detail": self._detail or detail}}
