"""Playlists as text: what is listed, what never changes, what RFC 8216 asks of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.media import cmaf, hls
from streamer.media.encoder import Encoder
from streamer.messages import TIMESCALE


def segment(number, *, generation=1, seconds=1.0, wall=None):
    ticks = round(seconds * TIMESCALE)
    return hls.Segment(number, generation, ticks, wall, f"{number}.m4s", f"init-{generation}.mp4")


def row(first, count, **how):
    return [segment(number, **how) for number in range(first, first + count)]


def test_a_playlist_reads_as_the_rfc_writes_it():
    segments = [segment(41, wall=1_800_000_000.0004), segment(42, seconds=0.5), segment(43, generation=2, seconds=2.25)]
    assert hls.playlist(segments, target=2, ended=True, query="?token=t").splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:41",
        "#EXT-X-DISCONTINUITY-SEQUENCE:1",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init-1.mp4?token=t"',
        "#EXT-X-PROGRAM-DATE-TIME:2027-01-15T08:00:00.000Z",
        "#EXTINF:1.00000,",
        "41.m4s?token=t",
        "#EXTINF:0.50000,",
        "42.m4s?token=t",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="init-2.mp4?token=t"',
        "#EXTINF:2.25000,",
        "43.m4s?token=t",
        "#EXT-X-ENDLIST",
    ]


def test_four_are_listed_before_any_is_hidden_and_two_linger():
    shown = {count: len(hls.window(row(0, count))) for count in (1, 3, 4, 5, 6, 7, 30)}
    assert shown == {1: 1, 3: 3, 4: 4, 5: 4, 6: 4, 7: 5, 30: 28}
    assert hls.window(row(7, 30))[-1].number == 36


def test_of_a_film_that_has_ended_all_are_listed():
    assert len(hls.window(row(0, 7), ended=True)) == 7


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param([*row(3, 2), *row(6, 3)], id="a hole"),
        pytest.param([*row(30, 2), *row(6, 3)], id="numbers that fall: a worker lost its state"),
        pytest.param([*row(4, 2, generation=2), *row(6, 3)], id="a generation that falls"),
    ],
)
def test_only_what_follows_the_newest_break_is_listed(broken):
    assert [s.number for s in hls.window(broken)] == [6, 7, 8]


@pytest.mark.parametrize(
    ("lengths", "target"), [((0.2,), 1), ((1.0, 0.3), 1), ((1.49,), 1), ((1.5,), 2), ((10.0, 1), 10)]
)
def test_the_target_is_the_longest_segment_rounded(lengths, target):
    assert hls.target_duration([segment(n, seconds=length) for n, length in enumerate(lengths)]) == target


films = st.lists(st.tuples(st.integers(1, 900_000), st.integers(0, 2)), min_size=1, max_size=30)


@given(film=films, first=st.integers(0, 10**12), dropped=st.integers(0, 40))
def test_a_player_that_reads_again_later_finds_every_segment_where_it_was(film, first, dropped):
    """Its number, its init segment and its discontinuity follow from the segment, not from what else is listed."""

    def read(text):
        sequence = int(re.search("MEDIA-SEQUENCE:(.*)", text)[1])
        breaks = int(re.search("DISCONTINUITY-SEQUENCE:(.*)", text)[1])
        map, found = "", {}
        for line in text.splitlines():
            if line == "#EXT-X-DISCONTINUITY":
                breaks += 1
            elif line.startswith("#EXT-X-MAP"):
                map = line
            elif not line.startswith("#"):
                found[line] = sequence + len(found), breaks, map
        return found

    generation, segments = 1, []
    for number, (ticks, rise) in enumerate(film, first):
        generation += rise
        segments.append(hls.Segment(number, generation, ticks, None, f"{number}.m4s", f"init-{generation}.mp4"))
    early = read(hls.playlist(segments, target=1))
    late = read(hls.playlist(segments[min(dropped, len(segments) - 1) :], target=1))
    assert {uri: early[uri] for uri in late} == late


@given(film=films, told=st.integers(1, 12))
def test_no_segment_is_longer_than_the_target(film, told):
    segments = [hls.Segment(n, 1, ticks, None, "a", "b") for n, (ticks, _) in enumerate(film)]
    text = hls.playlist(segments, target=told)
    target = int(re.search("TARGETDURATION:(.*)", text)[1])
    assert target >= told
    assert all(float(length) <= target + 0.5 for length in re.findall("#EXTINF:(.*),", text))


def test_a_segments_keyframe_brings_its_parameter_sets_and_the_rest_is_untouched():
    config = cmaf.parse_init(Encoder(64, 64).init).config
    key = cmaf.chunk(seq=7, pts=90_000, duration=3750, keyframe=True, data=b"\0\0\0\2\x65x", wall=1_800_000_000.5)
    other = cmaf.chunk(seq=8, pts=93_750, duration=3750, keyframe=False, data=b"\0\0\0\2\x41y")
    data = hls.segment(Encoder(64, 64).init, [memoryview(key), memoryview(other)])
    first, second = cmaf.chunks(data)
    assert (first.seq, first.pts, first.keyframe, first.wall) == (7, 90_000, True, 1_800_000_000.5)
    assert config.sps[0] in first.data
    assert config.pps[0] in first.data
    assert first.data.endswith(b"\0\0\0\2\x65x")
    assert data.endswith(other)
    assert second.data == b"\0\0\0\2\x41y"


def test_with_an_init_segment_that_cannot_be_read_a_segment_is_its_chunks():
    key = cmaf.chunk(seq=7, pts=90_000, duration=3750, keyframe=True, data=b"\0\0\0\2\x65x")
    assert hls.segment(b"nonsense", [key, key]) == key + key
