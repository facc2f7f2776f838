"""The viewer socket, real connections: joining, the handshake's refusals, what clients say, slowness, goodbyes."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import pytest
import uvloop
from films import FPS, TICKS, chunk, film, init, words
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from streamer.broadcaster import socket as viewer_socket
from streamer.broadcaster import tcp
from streamer.broadcaster.socket import NOTSENT_LOWAT_BYTES, ViewerProtocol
from streamer.broadcaster.viewer import BACKLOG_BYTES
from streamer.media import cmaf


def connections(house) -> list[ViewerProtocol]:
    """The server's side of all viewers."""
    return [viewer.line for room in house.hub.rooms.values() for viewer in room.viewers]


async def closed(person) -> tuple[int, str]:
    """(code, reason) with which the server closes."""
    with pytest.raises(ConnectionClosed) as caught:  # noqa: PT012 - whatever came before it is read
        while True:
            await person.get()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def refused(house, stream="main", **how) -> tuple[int, dict, object]:
    """(status, error, headers) of a handshake that fails."""
    with pytest.raises(InvalidStatus) as caught:
        async with house.watching(stream, **how):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body)["error"], response.headers


# Joining


async def test_a_viewer_joins_at_once_with_the_newest_gop(playing):
    async with playing.watching() as person:
        hello = await person.get()
        assert (hello["type"], hello["status"], hello["epoch"]) == ("hello", "playing", 5)
        assert (hello["codec"], hello["width"], hello["fps"]) == ("avc1.42c015", 64, 24)
        assert await person.get() == init().data
        assert (await person.get())["description"]["text"] == "description 0"
        assert [frame.seq for frame in await person.frames(6)] == list(range(24, 30))
        await playing.show(chunk(30))
        assert [frame.seq for frame in await person.frames(1)] == [30]


async def test_all_viewers_get_the_workers_bytes_unchanged(playing):
    async with playing.watching() as one, playing.watching() as other:
        for person in (one, other):
            await person.frames(6)
        sent = [chunk(seq, size=200 * seq) for seq in range(30, 50)]
        await playing.show(*sent)
        for person in (one, other):
            assert [await person.media() for _ in sent] == [item.data for item in sent]


async def test_a_viewer_may_wait_for_a_film(house):
    async with house.watching("not-yet") as person:
        assert (await person.get())["status"] == "waiting"
        await house.show(init(), *film(2), stream="not-yet")
        assert (await person.told("hello", status="playing"))["codec"] == "avc1.42c015"
        assert [frame.seq for frame in await person.frames(2)] == [0, 1]


async def test_a_new_epoch_is_announced_before_its_picture(playing):
    async with playing.watching() as person:
        await person.frames(6)
        await playing.show(chunk(0, epoch=9, pts=30 * TICKS, description=words(0, 9, "a boat")))
        begins = await person.news()
        assert (begins["type"], begins["epoch"], begins["pts"]) == ("epoch", 9, 30 * TICKS)
        assert (await person.news())["description"]["text"] == "a boat"
        assert (await person.frames(1))[0].keyframe


async def test_hide_and_show(playing):
    async with playing.watching() as person:
        await person.frames(6)
        await person.say(type="hide")
        await playing.until(lambda: connections(playing)[0]._viewer.state == "hidden")
        await playing.show(*(chunk(seq) for seq in range(30, 50)))
        await playing.shown(49)
        await person.say(type="show")
        assert (await person.told("hello"))["epoch"] == 5
        assert [frame.seq for frame in await person.frames(2)] == [48, 49]


async def test_hidden_with_words(playing):
    """A player that shows pictures by other means still says what they are of."""
    async with playing.watching() as person:
        await person.frames(6)
        await person.say(type="hide", words=True)
        await playing.until(lambda: connections(playing)[0]._viewer.state == "hidden")
        await playing.show(chunk(30), chunk(31, description=words(9)), chunk(32))
        assert (await person.told("description"))["description"]["seq"] == 9
        await playing.show(*film(30, epoch=6, pts=33 * TICKS))
        told = await person.news()
        assert (told["type"], told["epoch"], told["pts"]) == ("epoch", 6, 33 * TICKS)
        assert (await person.news())["type"] == "description"
        await playing.shown(29, epoch=6)
        await person.say(type="show")
        assert (await person.news())["type"] == "hello", "no media before it"
        assert [frame.seq for frame in await person.frames(6)] == list(range(24, 30))


# The handshake


@pytest.mark.parametrize(
    ("stream", "how", "status", "word"),
    [
        ("-bad", {}, 400, "not a stream id"),
        ("a" * 65, {}, 400, "1 to 64"),
        ("main", {"origin": "https://evil.example"}, 403, "allowed_origins"),
        ("main", {"origin": "null"}, 403, "allowed_origins"),
        ("main", {"additional_headers": {"Host": "evil.example"}}, 403, "allowed_hosts"),
    ],
)
async def test_refusals_name_the_way_out(house, stream, how, status, word):
    if "additional_headers" in how:  # the client sets its own Host, so ask by hand
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(
            b"GET /streams/main/live HTTP/1.1\r\nHost: evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = (await asyncio.wait_for(reader.read(), 60)).decode()
        writer.close()
        assert answer.startswith("HTTP/1.1 403")
        assert word in answer
        return
    found, error, headers = await refused(house, stream, **how)
    assert found == status
    assert word in error["message"]
    assert headers["Content-Type"] == "application/json"


async def test_the_own_origin_and_allowed_ones_may_connect(new_house):
    async with new_house(allowed_origins=["https://example.org"]) as house:
        for origin in (house.url, "https://example.org"):
            async with house.watching(origin=origin) as person:
                assert (await person.get())["type"] == "hello"


async def test_subprotocols(house):
    async with house.watching(subprotocols=["streamer.v1", "other"]) as person:
        assert person.socket.subprotocol == "streamer.v1"
    async with house.watching() as person:
        assert person.socket.subprotocol is None
    with pytest.raises(InvalidStatus) as caught:
        async with house.watching(subprotocols=["other"]):
            pass
    refused = caught.value.response
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/json")
    error = json.loads(refused.body)["error"]
    assert error == {"code": "handshake", "message": "this server speaks streamer.v1, the client offers other"}


async def test_who_comes_by_plain_http_is_told_what_this_is(house):
    async with house.http() as http:
        answer = await http.get("/streams/main/live")
    assert (answer.status_code, answer.headers["Upgrade"]) == (426, "websocket")
    assert "Upgrade" in answer.headers["Connection"]
    assert "connect to it as one" in answer.json()["error"]["message"]


async def test_compression_is_never_negotiated(house):
    """It would cost thirty times the CPU, and break shared frames."""
    async with house.watching(extensions=[ClientPerMessageDeflateFactory()]) as person:
        assert "Sec-WebSocket-Extensions" not in person.socket.response.headers
        assert person.socket.protocol.extensions == []


async def test_no_more_than_max_viewers(new_house):
    async with new_house(max_viewers=1) as house:
        async with house.watching():
            status, error, headers = await refused(house)
            assert (status, headers["Retry-After"]) == (503, "10")
            assert "max_viewers" in error["message"]
        await house.until(lambda: house.hub.viewers == 0)
        async with house.watching() as person:
            assert (await person.get())["type"] == "hello"


async def test_sockets_are_only_where_they_are(house):
    with pytest.raises(InvalidStatus) as caught:
        async with connect(f"ws://127.0.0.1:{house.port}/nowhere", proxy=None):
            pass
    assert caught.value.response.status_code == 404


# What clients say


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", 1007),
        ("[1, 2]", 1007),
        ('"text"', 1007),
        ("", 1007),
        (b"binary", 1003),
        ("x" * 4097, 1009),
        (["{" + " " * 2000, " " * 2000, " " * 200], 1009),
    ],
)
async def test_malformed_messages_close(house, message, code):
    async with house.watching() as person:
        await person.socket.send(message)
        assert (await closed(person))[0] == code


async def test_text_that_is_not_utf8_closes(house, new_raw):
    sock = new_raw(house)
    await house.until(lambda: house.hub.viewers == 1)
    sock.sendall(b"\x81\x82\0\0\0\0\xc3\x28")
    await house.until(lambda: house.hub.viewers == 0)
    data = await read_all(sock)
    assert b"\x88" in data
    assert (1007).to_bytes(2, "big") in data


async def read_all(sock: socket.socket) -> bytes:
    """What comes until the other end closes."""
    loop, data = asyncio.get_running_loop(), b""
    async with asyncio.timeout(60):
        while piece := await loop.sock_recv(sock, 65536):
            data += piece
    sock.close()
    return data


async def test_unknown_types_and_fields_are_passed_over(playing):
    async with playing.watching() as person:
        await person.frames(6)
        await person.say(type="dance", how="wildly")
        await person.say(nothing=True)
        await person.say(type="ack", pts=7, drops=1, path="webcodecs", mood="good")
        await playing.until(lambda: connections(playing)[0]._viewer.shown_pts == 7)
        viewer = connections(playing)[0]._viewer
        assert (viewer.drops, viewer.path) == (1, "webcodecs")


async def test_a_known_type_with_wrong_fields_is_refused_and_the_film_goes_on(playing):
    async with playing.watching() as person:
        await person.say(type="ack", pts="seven")
        error = await person.told("error")
        assert "Expected `int`, got `str` - at `$.pts`" in error["message"]
        await playing.show(chunk(30))
        assert (await person.frames(1))[0].seq >= 24


async def test_who_never_stops_talking_is_closed(house):
    async with house.watching() as person:

        async def talk() -> None:
            while True:  # whatever the machine is busy with: one of these bursts is quick enough
                for _ in range(3 * viewer_socket.MESSAGES_PER_SECOND):
                    await person.say(type="ack", pts=1)
                await asyncio.sleep(0.5)

        talking = asyncio.create_task(talk())
        assert (await closed(person))[0] == 1008
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


async def test_goodbye_is_answered(house):
    async with house.watching(close_timeout=60) as person:
        await person.socket.close(1000, "bye")
        assert person.socket.close_code == 1000
    await house.until(lambda: house.hub.viewers == 0)


# Slowness


async def test_a_viewer_that_reads_nothing(new_house, new_raw):
    """It costs bounded memory, delays nobody, and comes back at a keyframe."""
    async with new_house() as house:
        await house.show(init(), *film(25, size=5000))
        await house.shown(24)
        stuck = new_raw(house, rcvbuf=65536)
        async with house.watching() as healthy:
            await house.until(lambda: house.hub.viewers == 2)
            line = next(
                line for line in connections(house) if line._transport.get_extra_info("peername") == stuck.getsockname()
            )
            seq, most = 24, 0
            while line._viewer.state != "skipping":
                seq += 1
                await house.show(chunk(seq, size=20_000))
                assert (await healthy.frames(1))[0].seq in (seq - 1, seq)  # first the one that it joined with
                most = max(most, line.backlog())
            for seq in range(seq + 1, seq + 2 * FPS):  # noqa: B020 - goes on counting
                await house.show(chunk(seq, size=20_000))
            await house.shown(seq)
            assert line.backlog() <= most <= BACKLOG_BYTES + 50_000

            buffer = bytearray()
            loop = asyncio.get_running_loop()

            async def read() -> None:
                while True:
                    buffer.extend(await loop.sock_recv(stuck, 65536))

            reading = asyncio.create_task(read())
            await house.until(lambda: not line._viewer.behind)
            while line._viewer.state != "live":
                seq += 1
                await house.show(chunk(seq, size=20_000))
                await house.shown(seq)
            seq += 1
            await house.show(chunk(seq))
            last = chunk(seq).data
            await house.until(lambda: last in buffer)
            reading.cancel()
            seqs = [frame.seq for frame in decoded(buffer.partition(last)[0] + last)]  # a status may follow
            hole = next(i for i, (a, b) in enumerate(zip(seqs, seqs[1:], strict=False)) if b != a + 1)
            assert seqs[hole + 1] % FPS == 0
            assert seqs[hole + 1 :] == list(range(seqs[hole + 1], seq + 1))
        stuck.close()


def decoded(data: bytes) -> list[cmaf.ChunkInfo]:
    """The chunks in the bytes of a connection."""
    data = bytes(data).partition(b"\r\n\r\n")[2]
    found, at = [], 0
    while at < len(data):
        kind, length, at = data[at] & 15, data[at + 1], at + 2
        if length == 126:
            length, at = int.from_bytes(data[at : at + 2], "big"), at + 2
        elif length == 127:
            length, at = int.from_bytes(data[at : at + 8], "big"), at + 8
        payload, at = data[at : at + length], at + length
        if kind == 2 and payload[4:8] != b"ftyp":
            found.append(cmaf.parse(payload))
    return found


async def test_too_slow_for_too_long(new_house, new_raw):
    async with new_house(slow_limit=5) as house:
        await house.show(init(), *film(24, size=50_000))
        stuck = new_raw(house, rcvbuf=4096)
        await house.until(lambda: house.hub.viewers == 1)
        line = connections(house)[0]
        await house.until(lambda: line._viewer.behind)
        line._viewer._stuck_since -= 6
        await house.until(lambda: house.hub.viewers == 0)
        assert line._conn.close_sent.code == 1013
        await house.until(lambda: line._transport.is_closing(), "cut after the goodbye that nobody reads")
        stuck.close()


async def test_a_client_that_pings_and_never_reads_is_cut(house, new_raw, monkeypatch):
    monkeypatch.setattr(viewer_socket, "MAX_BACKLOG_BYTES", 1000)
    monkeypatch.setattr(viewer_socket, "MESSAGES_PER_SECOND", 10**9)
    sock = new_raw(house, rcvbuf=2048)
    await house.until(lambda: house.hub.viewers == 1)
    ping = b"\x89\xfd\0\0\0\0" + bytes(125)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):  # noqa: PT012
        async with asyncio.timeout(60):
            while True:
                await asyncio.get_running_loop().sock_sendall(sock, ping * 100)
    await house.until(lambda: house.hub.viewers == 0)


# The end


async def test_viewers_are_told_when_the_server_stops(new_house):
    async with new_house() as house:
        person_context = house.watching()
        person = await person_context.__aenter__()
        await person.get()
    assert (await closed(person))[0] == 1001
    await person_context.__aexit__(None, None, None)


async def test_a_stuck_viewer_does_not_hold_up_the_stop(new_house, new_raw):
    async with new_house() as house:
        await house.show(init(), *film(24, size=50_000))
        stuck = new_raw(house, rcvbuf=4096)
        await house.until(lambda: house.hub.viewers == 1)
        await house.until(lambda: connections(house)[0]._viewer.behind)
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(50, task.cancel)  # far more than CLOSE_TIMEOUT, far less than for ever
    stuck.close()


async def cut(sock: socket.socket, dribble: bytes) -> None:
    """Wait until a peer that goes on sending is cut."""
    async with asyncio.timeout(60):
        while True:
            try:
                await asyncio.get_running_loop().sock_sendall(sock, dribble)
            except ConnectionError:
                return
            await asyncio.sleep(0.02)


async def test_who_goes_on_sending_after_our_goodbye_is_cut(house, new_raw, monkeypatch):
    monkeypatch.setattr(viewer_socket, "CLOSE_TIMEOUT", 0.3)
    sock = new_raw(house)
    await house.until(lambda: house.hub.viewers == 1)
    sock.sendall(b"\x81\x82\0\0\0\0\xc3\x28")
    await house.until(lambda: house.hub.viewers == 0)
    await cut(sock, b"\x89\x80\0\0\0\0")
    sock.close()


async def test_who_goes_on_sending_after_a_refusal_is_cut(new_house, new_raw, monkeypatch):
    monkeypatch.setattr(viewer_socket, "CLOSE_TIMEOUT", 0.3)
    async with new_house(max_viewers=1) as house, house.watching():
        sock = new_raw(house)
        await cut(sock, b"x")
        sock.close()


async def test_a_viewer_that_answers_no_ping_is_gone(house, new_raw, monkeypatch):
    monkeypatch.setattr(viewer_socket, "PING_INTERVAL", 0.05)
    data = await read_all(new_raw(house))  # and answers nothing
    assert data.startswith(b"HTTP/1.1 101")
    assert data.count(b"\x89\0") == 2, "pings, then the end"
    await house.until(lambda: house.hub.viewers == 0)


# What uvicorn promises, on every loop and parser


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_every_loop_and_parser(new_house, loop, http):
    """After each accept: no delay, little unsent in the kernel, no extensions, and the film."""

    async def check() -> None:
        async with new_house(http=http) as house:
            await house.show(init(), *film(30))
            await house.shown(29)
            async with house.watching() as person:
                assert [frame.seq for frame in await person.frames(6)] == list(range(24, 30))
                (line,) = connections(house)
                sock = line._transport.get_extra_info("socket")
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                if sys.platform == "linux":
                    assert sock.getsockopt(socket.IPPROTO_TCP, tcp.NOTSENT_LOWAT) == NOTSENT_LOWAT_BYTES
                assert line._conn.extensions == []
                assert line._transport.get_write_buffer_limits() == (0, 0)
                await house.until(lambda: not line.unacked(), "the peer has taken all")
                async with house.http() as http_client:
                    assert (await http_client.get("/api/streams/main")).json()["viewers"] == 1
                await house.show(chunk(30))
                assert (await person.frames(1))[0].seq == 30

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.wait_for(check(), 100))
