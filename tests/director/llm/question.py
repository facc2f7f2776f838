"""The question that these tests ask a server."""

from __future__ import annotations

from hostile import Hostile

from streamer.director.llm import Llm

ASK = [{"role": "user", "content": "?"}]
SCHEMA = {"type": "object"}


async def answer(server: Hostile, **limits: float) -> str:
    async with Llm(server.url, model="m", key="k", **limits) as llm:
        return await one(llm)


async def one(llm: Llm) -> str:
    return "".join([text async for text in llm.answer(ASK, SCHEMA)])


def of_kind(kind: str, *headers: str) -> bytes:
    head = "".join(f"{header}\r\n" for header in (f"content-type: {kind}", *headers, "connection: close"))
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode()
