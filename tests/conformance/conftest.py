from __future__ import annotations

import warnings

import pytest

LITELLMS_OWN_WARNINGS = (
    "Items? .* on TypedDict class:UserWarning",
    "Accessing the .* attribute on the instance is deprecated:DeprecationWarning",
    "Pydantic serializer warnings:UserWarning",
    "coroutine 'Logging.* was never awaited:RuntimeWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    # Agents own their clients and have no way to close them; scenarios that stop a run early leave sockets open.
    config.addinivalue_line("filterwarnings", "ignore::ResourceWarning")
    warnings.filterwarnings("ignore", category=ResourceWarning)  # also after the last test
    for warning in LITELLMS_OWN_WARNINGS:
        config.addinivalue_line("filterwarnings", f"ignore:{warning}")
