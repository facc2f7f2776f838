"""Chunks with another number and time, for files that begin in the middle of a film."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.errors import Rejected
from streamer.media import cmaf

ticks = st.integers(0, 2**64 - 1)
numbers = st.integers(0, 2**32 - 1)


@given(
    seq=numbers, pts=ticks, to_seq=numbers, to_pts=ticks, keyframe=st.booleans(), data=st.binary(min_size=1),
    wall=st.one_of(st.none(), st.just(1_800_000_000.25)),
)  # fmt: skip
def test_a_rebased_chunk_is_the_one_that_would_have_been_written(seq, pts, to_seq, to_pts, keyframe, data, wall):
    how = {"duration": 3750, "keyframe": keyframe, "data": data, "wall": wall}
    chunk = cmaf.chunk(seq=seq, pts=pts, **how)
    wanted = cmaf.chunk(seq=to_seq, pts=to_pts, **how)
    assert cmaf.rebase(chunk, seq=to_seq, pts=to_pts) == wanted
    assert cmaf.rebase(memoryview(chunk), seq=to_seq, pts=to_pts) == wanted
    assert cmaf.wall(memoryview(chunk)) == wall


@pytest.mark.parametrize("data", [b"", b"\0" * 7, b"\0" * 500, b"\0\0\0\x20prft" + b"\0" * 500])
def test_what_is_no_chunk_is_rejected(data):
    with pytest.raises(Rejected, match="not one chunk of ours"):
        cmaf.rebase(data, seq=0, pts=0)
