"""What axe-core (Deque's checker of WCAG rules) finds wrong with a page, contrast and all."""

from __future__ import annotations

from npm import package
from playwright.async_api import Page


async def faults(page: Page) -> list[str]:
    """One line for each element that breaks a rule."""
    await page.evaluate((package("axe") / "axe.min.js").read_text())
    found = await page.evaluate("axe.run()")
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]]
