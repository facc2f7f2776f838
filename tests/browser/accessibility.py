"""What axe-core (Deque's checker of WCAG rules) finds wrong with a page, contrast and all."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from parts import missing
from playwright.async_api import Page

AXE = "axe-core@4.11"


def axe() -> Path:
    """The script, from the cache or from npm."""
    if shutil.which("npm") is None:
        missing("axe", f"npm, which installs {AXE}, was not found on the PATH")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "streamer" / AXE.replace("@", "-")
    script = cache / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text('{"private": true}')
        install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", AXE]
        done = subprocess.run(install, cwd=cache, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            missing("axe", f"{AXE} could not be installed: {done.stderr[-300:]}")
    return script


async def faults(page: Page) -> list[str]:
    """One line for each element that breaks a rule."""
    await page.evaluate(axe().read_text())
    found = await page.evaluate("axe.run()")
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
