"""What travels: lenient on the bus, the same after a round trip."""

import msgspec
import pytest

from streamer.errors import Rejected
from streamer.messages import (
    Box,
    EndOfStory,
    FrameDescription,
    Hold,
    Media,
    Resume,
    SceneObject,
    WorkerState,
    decode_direction,
    decode_worker_state,
    encode,
)
from streamer.video import MAX_DESCRIPTION_BYTES, Chunk, InitSegment, from_record, to_headers

FOX = FrameDescription(
    epoch=7, seq=3, shot=0, duration=2.0, text="A red fox runs.",
    objects=(SceneObject(id="fox", noun="fox", look="red", box=Box(0.1, 0.4, 0.3, 0.3)),),
)  # fmt: skip
MEDIA = Media(codec="avc1.42c01e", width=512, height=512, fps=24.0, engine="sketch")


@pytest.mark.parametrize("message", [FOX, Hold(epoch=1, reason="paused"), Resume(epoch=1), EndOfStory(epoch=2, seq=0)])
def test_directions_survive_the_bus(message):
    assert decode_direction(encode(message)) == message


def test_unknown_fields_are_skipped_so_that_versions_can_mix():
    newer = encode(FOX).replace(b'"epoch":7', b'"epoch":7,"mood":"calm"')
    assert decode_direction(newer) == FOX


@pytest.mark.parametrize(
    "broken",
    [b"", b"{}", b"[1]", b"\xff", b'{"type":"melt","epoch":1}', b'{"type":"hold","epoch":-1,"reason":"paused"}',
     encode(FOX).replace(b"2.0", b"-2.0"), encode(FOX).replace(b"[0.1,", b"[9.1,")],
)  # fmt: skip
def test_what_is_out_of_range_or_shape_is_an_error(broken):
    with pytest.raises(msgspec.MsgspecError):
        decode_direction(broken)


def test_worker_state_carries_the_init_segment():
    state = WorkerState(epoch=1, status="playing", init=bytes(range(256)), media=MEDIA, keyframe=9)
    assert decode_worker_state(encode(state)) == state


@pytest.mark.parametrize(
    "item",
    [
        InitSegment(epoch=1, generation=2, media=MEDIA, data=b"ftyp"),
        Chunk(epoch=1, seq=0, pts=0, duration=3750, keyframe=True, generation=2, data=b"moof", description=FOX),
        Chunk(epoch=1, seq=1, pts=3750, duration=3750, keyframe=False, generation=2, data=b"moof"),
    ],
)
def test_video_records_are_media_plus_headers(item):
    assert from_record(to_headers(item), item.data) == item


def test_a_description_over_the_bound_stays_behind():
    long = msgspec.structs.replace(FOX, text="x" * MAX_DESCRIPTION_BYTES)
    chunk = Chunk(epoch=1, seq=0, pts=0, duration=1, keyframe=True, generation=1, data=b"", description=long)
    assert from_record(to_headers(chunk), b"").description is None


@pytest.mark.parametrize(
    "headers", [[], [("kind", b"chunk")], [("kind", b"chunk"), ("epoch", b"x"), ("generation", b"1")]]
)
def test_a_foreign_video_record_is_rejected_with_its_fault(headers):
    with pytest.raises(Rejected, match="header"):
        from_record(headers, b"")
