"""Parameter sets and NAL units, on bytes that x264 wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.media import h264

# libx264 zerolatency, 512x512, 24 fps, BT.709: high profile, level 3.0.
X264_SPS = bytes.fromhex("6764001eacb40400834d4040405000000300100000030308f162ea")


def test_an_sps_tells_what_decoders_wait_for() -> None:
    sps = h264.parse_sps(X264_SPS)
    assert (sps.width, sps.height) == (512, 512)
    assert sps.codec == "avc1.64001e"
    assert (sps.reorder_frames, sps.buffered_frames, sps.reference_frames) == (0, 1, 1)
    assert sps.colour == (1, 1, 1)
    assert not sps.full_range


@pytest.mark.parametrize("size", range(len(X264_SPS) - 1))
def test_an_sps_cut_short_is_an_error(size: int) -> None:
    with pytest.raises(ValueError, match="parameter set"):
        h264.parse_sps(X264_SPS[:size])


@given(st.binary(max_size=64))
def test_any_bytes_give_an_sps_or_a_value_error(junk: bytes) -> None:
    try:
        h264.parse_sps(b"\x67" + junk)
    except ValueError as error:
        assert "parameter set" in str(error)  # noqa: PT017 - most inputs raise, some parse; neither may do else


units = st.binary(min_size=1, max_size=30).filter(
    lambda unit: not unit.endswith(b"\0") and b"\0\0\0" not in unit and b"\0\0\1" not in unit
)


@given(st.lists(st.tuples(st.sampled_from([b"\0\0\1", b"\0\0\0\1"]), units), max_size=6))
def test_a_byte_stream_splits_into_its_units(parts: list[tuple[bytes, bytes]]) -> None:
    stream = b"".join(code + unit for code, unit in parts)
    assert list(h264.split_annex_b(stream)) == [unit for _, unit in parts]
