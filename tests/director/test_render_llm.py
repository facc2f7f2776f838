"""`streamer render` and an LLM that does not answer at once: it waits as it is told to, and not for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hostile import SSE, STOP, Hostile, Script, chunk, say, status

from streamer import direct
from streamer.errors import UserError
from streamer.render import render
from streamer.settings import Settings

FOX = {"id": "fox", "noun": "fox", "look": "red", "action": "running", "box": [0.1, 0.5, 0.2, 0.2]}
FRAMES = json.dumps({"frames": [{"action": "a fox runs", "place": "forest", "objects": [FOX]}] * 4})
GOOD: Script = [SSE, say(FRAMES), STOP]
EMPTY: Script = [SSE, chunk({"reasoning_content": FRAMES}), STOP]


async def film(server: Hostile, folder: Path) -> Path:
    output = folder / "fox.mp4"
    options: dict[str, Any] = {"seconds": 1, "size": "64x64", "fps": 10}
    await render(Settings(llm=[server.url], output=output, **options), "a fox")
    return output


async def test_a_server_that_is_busy_is_asked_again_when_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: Script = [status(429, {"error": "slow down"}, "retry-after-ms: 100\r\n")]
    async with Hostile(busy, busy, busy, busy, GOOD) as server:
        assert (await film(server, tmp_path)).stat().st_size > 0
    monkeypatch.setattr(direct, "PATIENCE", 5.0)
    async with Hostile([status(429, {"error": "slow down"}, "retry-after: 7\r\n")]) as server:
        with pytest.raises(UserError, match="no description for 5 s: .*429: slow down"):
            await film(server, tmp_path)
        assert len(server.requests) == 1, "to ask before the 7 s are over is of no use"


async def test_a_server_that_stays_away_is_given_up_after_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "PATIENCE", 1.0)
    async with Hostile([status(503, {"error": "loading"})]) as server:
        with pytest.raises(UserError, match="the LLM gave no description for 1 s: .*503: loading"):
            await film(server, tmp_path)
        assert len(server.requests) > 1


async def test_what_only_a_person_can_mend_ends_it_at_once(tmp_path: Path) -> None:
    async with Hostile([status(401, {"error": "wrong key"})]) as server:
        with pytest.raises(UserError, match="wrong key"):
            await film(server, tmp_path)
        assert len(server.requests) == 1


async def test_answers_that_hold_nothing_are_asked_for_in_every_form(tmp_path: Path) -> None:
    async with Hostile(EMPTY, EMPTY, GOOD) as server:
        assert (await film(server, tmp_path)).stat().st_size > 0
        forms = [request.get("response_format", {}).get("type") for request in server.requests]
        assert forms[:3] == ["json_schema", "json_object", None]
    async with Hostile(EMPTY) as server:
        with pytest.raises(UserError, match="the LLM gave no description 3 times: the answers held no frame"):
            await film(server, tmp_path)
