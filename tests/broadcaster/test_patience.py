"""HTTP connections that keep us waiting are ended, and nobody else is."""

from __future__ import annotations

import asyncio
import socket

import pytest
from reel import Reel

from streamer.broadcaster import patience


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(patience, "HEAD_TIMEOUT", 0.4)


@pytest.fixture(params=["httptools", "h11"])
async def house(request, new_house):
    async with new_house(http=request.param) as opened:
        yield opened


GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection is ended by the other side."""
    got = b""
    async with asyncio.timeout(60):
        try:
            while piece := await reader.read(1 << 16):
                got += piece
        except ConnectionResetError:
            pass
    return got


@pytest.mark.parametrize("said", [b"", GET, GET + b"\r\n" + GET], ids=["nothing", "half a head", "half a second head"])
async def test_a_head_that_does_not_come(house, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(said)
    answers = await ended(reader)
    assert answers.count(b'{"status":"ok"}') == said.count(b"\r\n\r\n")
    writer.close()


async def test_a_head_that_comes_drop_by_drop(house):
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(GET)
    ending = asyncio.create_task(ended(reader))
    while not ending.done():
        writer.write(b"X-Drop: 1\r\n")
        await asyncio.sleep(0.05)
    assert await ending == b""
    writer.close()


async def test_a_head_without_end(house, monkeypatch):
    monkeypatch.setattr(patience, "HEAD_TIMEOUT", 60)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    ending = asyncio.create_task(ended(reader))
    writer.write(GET)
    sent = 0
    while not ending.done():
        assert sent < 50 << 20, "it takes whatever comes"
        writer.write(b"X-Flood: " + b"x" * 8000 + b"\r\n")
        sent += 8000
        await asyncio.sleep(0)
    assert b"200 OK" not in await ending
    writer.close()


async def test_an_answer_that_nobody_reads(house):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", house.port))
    page = b"GET /player.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    sock.setblocking(False)
    with sock:
        async with asyncio.timeout(60):
            while True:  # asks and asks, and never reads
                try:
                    sock.send(page)
                except BlockingIOError:
                    pass
                except (ConnectionResetError, BrokenPipeError):
                    return
                await asyncio.sleep(0.01)


async def test_an_answer_that_is_read_slowly(house, monkeypatch):
    """Far less in a look's time than the kernel wants to have free before it takes more from us."""
    monkeypatch.setattr(patience, "HEAD_TIMEOUT", 4.0)
    reel = Reel()
    await house.show(reel.init, *reel.fat(96))
    await house.shown(95)
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", house.port))
        sock.setblocking(False)
        await loop.sock_sendall(sock, b"GET /streams/main/live.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for _ in range(28):
            await asyncio.sleep(0.3)
            async with asyncio.timeout(60):
                assert await loop.sock_recv(sock, 1024)
        assert house.hub.room("main").guests["mp4"] == 1


async def test_those_who_do_nothing_wrong_stay(house, monkeypatch):
    monkeypatch.setattr(patience, "HEAD_TIMEOUT", 2.0)  # that a busy machine may be late with a head, too
    async with house.http() as client, house.watching() as person:
        assert (await client.get("/healthz")).status_code == 200
        await person.get()
        for _ in range(3):
            await asyncio.sleep(0.8)
            assert (await client.get("/player.js")).status_code == 200
        await person.say(type="ack", pts="no number")
        await person.told("error")
