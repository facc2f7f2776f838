"""The Chromium that benches, pictures and tests use."""

from __future__ import annotations

import os
import shutil

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

MISSING = "no Chromium: install it (Debian: apt install chromium) or set CHROMIUM"


def path() -> str | None:
    """CHROMIUM, or the first of the usual names on the PATH; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    given = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [given] if given else names)), None)
