"""A channel: what a newcomer is sent, what everyone is sent, what is not shown."""

from __future__ import annotations

import pytest
from films import FPS, MEDIA, TICKS, chunk, directed, film, init, kinds, showing, words, worked
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.broadcaster.channel import Channel
from streamer.broadcaster.messages import Hello
from streamer.broadcaster.wire import Packet
from streamer.media import cmaf
from streamer.video import Chunk


def test_a_newcomer_starts_at_the_newest_keyframe():
    channel = showing(frames=50)
    assert kinds(channel.join(0.0)) == ["hello", "init 1", "description 1", "5/48*", "5/49"]


def test_a_newcomer_is_told_what_was_described_when_its_first_frame_was_shown_and_then_each_new_one():
    channel = showing(frames=25)  # description 0 at frame 0; the newest GOP begins at 24
    channel.push(chunk(25, description=words(1)), 0.0)
    assert kinds(channel.join(0.0)) == ["hello", "init 1", "description 0", "5/24*", "description 1", "5/25"]


def test_a_stream_without_a_film_says_that_it_waits():
    (hello,) = Channel("main").join(clock=12.5)
    assert isinstance(hello, Hello)
    assert (hello.status, hello.codec, hello.clock) == ("waiting", "", 12.5)


def test_those_who_waited_get_a_hello_with_the_film():
    channel = Channel("main")
    channel.push(init(), 0.0)
    assert kinds(channel.push(chunk(0, description=words(0)), 0.0)) == ["hello", "init 1", "description 0", "5/0*"]
    assert kinds(channel.push(chunk(1), 0.0)) == ["5/1"]


def test_a_new_epoch_is_announced_before_its_first_chunk():
    channel = showing(frames=30)
    first = chunk(0, epoch=9, pts=30 * TICKS, description=words(0, epoch=9))
    news = channel.push(first, 0.0)
    assert kinds(news) == ["epoch 9", "description 0", "9/0*"]
    begins = news[0]
    assert (begins.epoch, begins.pts, begins.prompt) == (9, 30 * TICKS, "wish of 9")


def test_nothing_of_an_older_epoch_is_shown_after_a_newer_one_began():
    channel = showing(frames=30)
    channel.push(chunk(0, epoch=9, pts=30 * TICKS), 0.0)
    assert channel.push(chunk(30), 0.0) == []
    assert channel.push(chunk(48), 0.0) == []
    assert channel.dropped == {"older epoch": 2}


def test_what_was_seen_before_is_not_shown_again():
    channel = showing(frames=30)
    for item in film(30):
        assert channel.push(item, 0.0) == []
    assert kinds(channel.push(chunk(30), 0.0)) == ["5/30"]


def test_after_a_hole_only_a_keyframe_will_do():
    channel = showing(frames=30)
    assert channel.push(chunk(31), 0.0) == []
    assert channel.push(chunk(32), 0.0) == []
    assert kinds(channel.push(chunk(48), 0.0)) == ["5/48*"]
    assert kinds(channel.push(chunk(49), 0.0)) == ["5/49"]


def test_a_film_is_not_joined_in_the_middle_of_a_gop():
    channel = Channel("main")
    channel.push(init(), 0.0)
    assert channel.push(chunk(7), 0.0) == []
    assert kinds(channel.join(0.0)) == ["hello"]


def test_chunks_without_their_init_segment_are_not_shown():
    channel = Channel("main")
    assert channel.push(chunk(0), 0.0) == []
    channel.push(init(generation=2), 0.0)
    assert channel.push(chunk(24, generation=1), 0.0) == []
    assert channel.dropped == {"no init segment": 2}


def test_an_init_segment_written_again_is_no_news():
    channel = showing(frames=24)
    channel.push(init(), 0.0)
    assert kinds(channel.push(chunk(24), 0.0)) == ["5/24*"]


def test_a_new_generation_comes_right_before_its_keyframe():
    channel = showing(frames=30)
    assert channel.push(init(generation=2), 0.0) == []
    assert kinds(channel.push(chunk(30), 0.0)) == ["5/30"]  # the old one goes on until then
    assert kinds(channel.push(chunk(31, keyframe=True, generation=2), 0.0)) == ["init 2", "5/31*"]
    assert kinds(channel.join(0.0)) == ["hello", "init 2", "description 0", "5/31*"]


def test_a_worker_that_lost_its_state_makes_all_void():
    """pts went back: no player may be told that time runs backwards, so it is told to forget."""
    channel = showing(frames=30)
    news = channel.push(chunk(0, epoch=9, pts=0, description=words(0, epoch=9)), 0.0)
    assert kinds(news) == ["hello", "init 1", "description 0", "9/0*"]
    assert len(channel.gops) == 1


def test_the_worker_state_stands_in_for_an_init_segment_that_is_long_gone():
    channel = Channel("main")
    channel.work(worked(init=init().data, media=MEDIA, generation=1))
    assert kinds(channel.push(chunk(0), 0.0)) == ["hello", "init 1", "5/0*"]


def test_the_ring_keeps_whole_gops_for_so_many_seconds():
    channel = showing(frames=20 * FPS, ring=9.0)
    assert [gop.begin for gop in channel.gops] == [second * FPS * TICKS for second in range(11, 20)]


def test_a_short_ring_still_keeps_six_gops_besides_the_one_in_progress_for_hls():
    channel = showing(frames=20 * FPS, ring=1.0)
    assert [gop.begin for gop in channel.gops] == [second * FPS * TICKS for second in range(13, 20)]


def test_of_a_film_that_has_ended_the_last_gop_is_kept_and_for_a_minute_those_that_hls_players_still_ask_for():
    channel = showing(frames=24 * 4)
    channel.work(worked(status="ended"))
    channel.tick(0.0)
    channel.tick(59.0)
    assert len(channel.gops) == 4
    channel.tick(60.0)
    assert [gop.begin for gop in channel.gops] == [72 * 3750]
    assert kinds(channel.join(0.0))[-1] == "5/95"


def test_a_stop_ends_a_film_when_its_worker_has_heard_of_it_and_the_last_picture_is_here():
    """A stop is frame 0 of a new epoch, which has no picture."""
    channel = showing(frames=30)
    channel.work(worked(seq=30, pts=30 * TICKS))
    channel.direct(directed(epoch=6, status="ended", reason="stopped"))
    assert channel.status() == ("ended", "stopped")
    assert not channel.finished, "the worker draws on until it hears of it"
    channel.work(worked(epoch=6, status="ended", seq=0, pts=31 * TICKS))
    assert not channel.finished, "its last picture is on its way"
    channel.push(chunk(30), 0.0)
    assert channel.finished
    channel.direct(directed(epoch=7))
    assert not channel.finished, "played again"


def test_a_held_film_is_not_finished_and_ends_with_a_stop_where_it_stands():
    channel = showing(frames=30)
    channel.direct(directed(status="held", reason="paused"))
    channel.work(worked(status="held", seq=30, pts=30 * TICKS))
    assert not channel.finished
    channel.direct(directed(epoch=6, status="ended", reason="stopped"))
    channel.work(worked(epoch=6, status="ended", seq=0, pts=30 * TICKS))
    assert channel.finished


def test_a_last_picture_that_never_comes_is_waited_for_a_minute():
    channel = showing(frames=30)
    channel.direct(directed(status="ended", published=2.0))
    channel.work(worked(status="ended", seq=48, pts=48 * TICKS))
    channel.tick(0.0)
    channel.tick(59.0)
    assert not channel.finished
    channel.tick(60.0)
    assert channel.finished
    channel.direct(directed(epoch=6))
    channel.tick(61.0)
    channel.direct(directed(epoch=6, status="ended"))
    assert not channel.finished, "another film, another minute"


def test_the_ring_is_bounded_in_bytes_too():
    channel = Channel("main", ring=60.0, ring_bytes=100_000)
    channel.push(init(), 0.0)
    for item in film(20 * FPS, size=1000):
        channel.push(item, 0.0)
    kept = sum(len(packet.wire) for gop in channel.gops for packet in gop.packets)
    assert 24_000 < kept <= 100_000


def test_a_gop_that_outgrows_the_ring_is_watched_but_not_joined():
    channel = Channel("main", ring_bytes=10_000)
    channel.push(init(), 0.0)
    for seq in range(30):
        assert channel.push(chunk(seq, keyframe=seq == 0, size=1000), 0.0), "who watches goes on watching"
    assert kinds(channel.join(0.0)) == ["hello"]
    channel.push(chunk(30, keyframe=True), 0.0)
    assert kinds(channel.join(0.0))[-1] == "5/30*"


def test_bytes_exist_once():
    packet = Packet(chunk(0))
    assert packet.payload == chunk(0).data
    assert packet.wire.endswith(packet.payload)
    assert packet.item.data == b""


@pytest.mark.parametrize(
    ("director", "worker", "frames", "expected"),
    [
        (None, None, 0, ("waiting", "")),
        (directed(), None, 0, ("waiting", "")),  # a picture is on its way
        (directed(), worked(), 30, ("playing", "")),
        (directed(status="held", reason="paused"), worked(), 30, ("held", "paused")),
        (directed(status="ended", reason="stopped"), worked(), 30, ("ended", "stopped")),
        (directed(status="ended", reason="the end", published=8.0), worked(), 30, ("playing", "")),  # still on its way
        (directed(status="ended", reason="the end", published=8.0), worked(status="ended"), 30, ("ended", "the end")),
        (directed(epoch=6), worked(status="ended"), 30, ("playing", "")),  # played again
        (None, worked(status="held", reason="idle"), 30, ("held", "idle")),
    ],
)
def test_status(director, worker, frames, expected):
    channel = showing(frames)
    channel.direct(director)
    channel.work(worker)
    assert channel.status() == expected


def stands(channel: Channel, *, seconds: int) -> None:
    """So many seconds go by, without a picture."""
    for second in range(seconds + 1):
        channel.tick(100.0 + second)


def test_a_film_that_should_play_and_stands_still_waits_and_goes_on_with_the_next_picture():
    channel = showing(frames=30)
    channel.direct(directed())
    stands(channel, seconds=2)
    assert channel.status() == ("playing", "")
    stands(channel, seconds=4)
    assert channel.status() == ("waiting", "rendering resumes…")
    assert kinds(channel.join(0.0))[-1] == "5/29", "its last picture is there for whoever comes"
    channel.push(chunk(30), 0.0)
    assert channel.status() == ("playing", "")
    assert channel.report(0.0).status == "playing"


def test_why_it_stands_still_is_said_where_somebody_knows():
    channel = showing(frames=30)
    channel.direct(directed())
    channel.wait = "the engine is restarting: loading weights"
    stands(channel, seconds=4)
    assert channel.status() == ("waiting", "rendering resumes… (the engine is restarting: loading weights)")


def test_a_slow_engine_does_not_stand_still():
    """A frame every two seconds: the next may take a while."""
    channel = Channel("main")
    channel.direct(directed())
    channel.push(init(), 0.0)
    for seq in range(3):
        data = cmaf.chunk(seq=seq, pts=seq * 180_000, duration=180_000, keyframe=seq == 0, data=b"x", wall=1.0)
        channel.push(Chunk(5, seq, seq * 180_000, 180_000, seq == 0, 1, data, None), 0.0)
    stands(channel, seconds=7)
    assert channel.status() == ("playing", "")
    stands(channel, seconds=9)
    assert channel.status() == ("waiting", "rendering resumes…")


@pytest.mark.parametrize(
    ("director", "frames", "expected"),
    [
        (directed(status="held", reason="paused"), 30, ("held", "paused")),
        (directed(status="ended", reason="stopped"), 30, ("ended", "stopped")),
        (directed(), 0, ("waiting", "")),  # its first picture is on its way
        (None, 30, ("playing", "")),  # nobody says that it should
    ],
)
def test_a_film_that_is_not_to_play_does_not_stand_still(director, frames, expected):
    channel = showing(frames)
    channel.direct(director)
    stands(channel, seconds=60)
    assert channel.status() == expected


def test_what_ends_or_holds_a_film_that_stands_still_shows_at_once():
    channel = showing(frames=30)
    channel.direct(directed())
    stands(channel, seconds=4)
    channel.direct(directed(status="held", reason="paused"))
    assert channel.status() == ("held", "paused")


def test_a_film_that_goes_on_after_a_long_hold_has_a_moment_to_do_so():
    channel = showing(frames=30)
    channel.direct(directed(status="held", reason="paused"))
    stands(channel, seconds=3600)
    channel.direct(directed())
    channel.tick(3701.0)
    assert channel.status() == ("playing", "")


def test_people_are_told_how_many_watch_through_all_broadcasters():
    channel = showing(frames=24)
    channel.viewers, channel.elsewhere = 3, 4
    assert (channel.hello(0.0).viewers, channel.report(0.0).viewers, channel.info().viewers) == (7, 7, 7)


def test_lead_is_film_described_but_not_rendered():
    channel = showing(frames=24)
    channel.direct(directed(published=9.0))
    assert channel.info().lead == 9.0
    channel.work(worked(rendered=6.5))
    assert channel.info().lead == 2.5
    channel.work(worked(epoch=4, rendered=100.0))  # of an older epoch: nothing of this one
    assert channel.info().lead == 9.0


@settings(deadline=None)
@given(st.data())
def test_whatever_comes_again_or_too_late_everyone_sees_one_film(data):
    """Given a film in three epochs, replayed from arbitrary points as after restarts and with records lost, what is
    shown rises in (epoch, seq) and pts, begins epochs and mends holes with keyframes, and joins like the rest."""
    records: list[Chunk] = []
    pts = 0
    for epoch in (5, 7, 9):
        frames = data.draw(st.integers(1, 60))
        records += film(frames, epoch=epoch, pts=pts)
        pts += frames * TICKS
    channel = Channel("main", ring=2.0)
    channel.push(init(), 0.0)
    shown: list[Chunk] = []
    position = 0
    for step in data.draw(st.lists(st.sampled_from([1] * 20 + [2, -5, -40]), max_size=250)):
        if position >= len(records):
            break
        news = channel.push(records[position], 0.0)
        if news:
            shown.append(news[-1].item)
        position = max(0, position + step)

        joined = [message.item for message in channel.join(0.0) if isinstance(message, Packet)]
        if len(joined) > 1:
            assert joined[1].keyframe
            assert joined[1:] == shown[-len(joined) + 1 :]
    for before, after in zip(shown, shown[1:], strict=False):
        assert (before.epoch, before.seq) < (after.epoch, after.seq)
        assert before.pts < after.pts
        assert after.keyframe or (after.epoch, after.seq) == (before.epoch, before.seq + 1)
