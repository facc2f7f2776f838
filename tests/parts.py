"""Programs that tests need besides Python, and what happens where one is missing."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(part: str, reason: str) -> NoReturn:
    """Skip the test with the reason, or fail it where `part` is required: STREAMER_TEST_REQUIRE=kafka,chromium,…"""
    required = os.environ.get("STREAMER_TEST_REQUIRE", "").replace(" ", "").split(",")
    if part in required:
        pytest.fail(f"{part} is required (STREAMER_TEST_REQUIRE) and cannot be used: {reason}", pytrace=False)
    pytest.skip(f"no {part}: {reason}")
