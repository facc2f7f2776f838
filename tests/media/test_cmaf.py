"""Chunks are written and read back; what is not a chunk is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.errors import Rejected
from streamer.media import cmaf

SAMPLE = b"\x00\x00\x00\x02\x65\x80"


@given(
    seq=st.integers(0, 2**32 - 1),
    pts=st.integers(0, 2**64 - 1),
    duration=st.integers(1, 2**32 - 1),
    keyframe=st.booleans(),
    data=st.binary(min_size=1, max_size=400),
)
def test_a_chunk_is_read_back_as_it_was_written(seq: int, pts: int, duration: int, keyframe: bool, data: bytes) -> None:
    written = cmaf.chunk(seq=seq, pts=pts, duration=duration, keyframe=keyframe, data=data)
    assert len(written) == cmaf.OVERHEAD_BYTES + len(data)
    assert cmaf.parse(written) == cmaf.ChunkInfo(seq, pts, duration, keyframe, data)


@given(wall=st.floats(0, 4.2e9))
def test_the_producers_clock_survives_to_a_microsecond(wall: float) -> None:
    """Also past February 2036, when NTP's 32 bits of seconds run over."""
    written = cmaf.chunk(seq=0, pts=7, duration=1, keyframe=True, data=SAMPLE, wall=wall)
    assert len(written) == cmaf.PRFT_BYTES + cmaf.OVERHEAD_BYTES + len(SAMPLE)
    told = cmaf.parse(written).wall
    assert told == pytest.approx(wall, abs=1e-6)


def test_the_layout_is_the_one_in_the_standard() -> None:
    """ISO/IEC 14496-12 8.8: written out once by hand, so that writer and reader cannot be wrong together."""
    written = cmaf.chunk(seq=5, pts=0x1_0000_0001, duration=3750, keyframe=False, data=SAMPLE)
    assert written == (
        b"\x00\x00\x00\x64moof"
        b"\x00\x00\x00\x10mfhd\x00\x00\x00\x00\x00\x00\x00\x05"
        b"\x00\x00\x00\x4ctraf"
        b"\x00\x00\x00\x1ctfhd\x00\x02\x00\x38\x00\x00\x00\x01\x00\x00\x0e\xa6\x00\x00\x00\x06\x01\x01\x00\x00"
        b"\x00\x00\x00\x14tfdt\x01\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01"
        b"\x00\x00\x00\x14trun\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x6c"
        b"\x00\x00\x00\x0emdat" + SAMPLE
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"duration": 0}, "duration=0"),
        ({"duration": 2**32}, "1 <= duration"),
        ({"seq": -1}, "seq=-1"),
        ({"pts": -1}, "pts=-1"),
        ({"data": b""}, "got 0"),
    ],
)
def test_a_chunk_that_players_would_choke_on_is_not_written(wrong: dict[str, int | bytes], message: str) -> None:
    good: dict[str, int | bytes] = {"seq": 0, "pts": 0, "duration": 1, "keyframe": True, "data": SAMPLE}
    with pytest.raises(ValueError, match=message):
        cmaf.chunk(**good | wrong)  # type: ignore[arg-type]


@given(junk=st.binary(max_size=300))
def test_junk_is_refused_never_crashed_on(junk: bytes) -> None:
    with pytest.raises(Rejected):
        cmaf.parse(junk)


@given(at=st.integers(0, cmaf.OVERHEAD_BYTES + len(SAMPLE) - 1))
def test_a_chunk_cut_short_is_refused(at: int) -> None:
    with pytest.raises(Rejected):
        cmaf.parse(cmaf.chunk(seq=1, pts=2, duration=3, keyframe=True, data=SAMPLE)[:at])


def test_a_refusal_says_what_was_found() -> None:
    good = cmaf.chunk(seq=1, pts=2, duration=3, keyframe=True, data=SAMPLE)
    with pytest.raises(Rejected, match="expected one chunk, found 2"):
        cmaf.parse(good + good)
    with pytest.raises(Rejected, match="mdat at 0 without a moof before it"):
        cmaf.parse(good[100:])
    with pytest.raises(Rejected, match="moof at 0 without mfhd, tfdt, tfhd, traf, trun"):
        cmaf.parse(good.replace(b"traf", b"free").replace(b"mfhd", b"free"))


@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=40)), max_size=8))
def test_chunks_side_by_side_are_read_in_order(samples: list[tuple[bool, bytes]]) -> None:
    blob = b"".join(
        cmaf.chunk(seq=n, pts=n * 10, duration=10, keyframe=key, data=data, wall=12.5 if key else None)
        for n, (key, data) in enumerate(samples)
    )
    assert [(i.seq, i.keyframe, i.data, i.wall) for i in cmaf.chunks(blob)] == [
        (n, key, data, 12.5 if key else None) for n, (key, data) in enumerate(samples)
    ]
