"""The encoder's promises to every player: one for one, no delay, keyframes as asked, one decodable film."""

from __future__ import annotations

import io
import json
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from streamer.media import cmaf, h264
from streamer.media.encoder import Encoder, EncoderError, Sample, exact_rate


def picture(n: int, width: int = 128, height: int = 96) -> NDArray[np.uint8]:
    """A red square that wanders over a sloping ground."""
    y, x = np.mgrid[0:height, 0:width]
    ground = np.stack([(x + n) % 256, (y * 2) % 256, (x + y) % 256], axis=-1).astype(np.uint8)
    left = n * 3 % (width - 20)
    ground[20:40, left : left + 20] = (220, 30, 30)
    return ground


def chunks_of(samples: list[Sample], start: int = 0) -> list[bytes]:
    return [
        cmaf.chunk(seq=n, pts=start + n * 3750, duration=3750, keyframe=s.keyframe, data=s.data)
        for n, s in enumerate(samples)
    ]


def decode(blob: bytes) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(blob)) as container:
        return list(container.decode(video=0))


def test_every_picture_comes_out_as_one_sample_with_keyframes_where_asked() -> None:
    encoder = Encoder(128, 96, 24)
    samples = [encoder.encode(picture(n), keyframe=n in (5, 6)) for n in range(12)]
    assert [n for n, s in enumerate(samples) if s.keyframe] == [0, 5, 6]


def test_a_scene_change_alone_makes_no_keyframe() -> None:
    encoder = Encoder(128, 96, 24)
    encoder.encode(picture(0))
    assert not encoder.encode(255 - picture(0)).keyframe


def test_samples_hold_no_parameter_sets_and_are_length_prefixed() -> None:
    encoder = Encoder(128, 96, 24)
    for n in range(4):
        data = encoder.encode(picture(n), keyframe=n == 2).data
        types = []
        while data:
            size = int.from_bytes(data[:4])
            types.append(h264.unit_type(data[4 : 4 + size]))
            data = data[4 + size :]
        assert types == [h264.IDR if n in (0, 2) else h264.NON_IDR]


def test_the_init_segment_is_live_and_forbids_reordering() -> None:
    encoder = Encoder(128, 96, 24)
    info = cmaf.parse_init(encoder.init)
    sps = h264.parse_sps(info.config.sps[0])
    assert (info.timescale, info.width, info.height, info.live) == (90_000, 128, 96, True)
    assert info.codec == encoder.codec == sps.codec
    assert sps.reorder_frames == 0
    assert sps.colour == (1, 1, 1)


def test_equal_settings_give_the_same_init_bytes_and_others_do_not() -> None:
    assert Encoder(128, 96, 24, bitrate=800_000).init == Encoder(128, 96, 24, bitrate=800_000).init
    assert Encoder(128, 96, 24).init != Encoder(160, 96, 24).init


def test_init_and_chunks_of_two_owners_decode_as_one_film() -> None:
    """A takeover within a generation: another encoder with equal settings goes on, beginning with an IDR."""
    first, second = Encoder(128, 96, 24), Encoder(128, 96, 24)
    samples = [first.encode(picture(n), keyframe=n == 0) for n in range(7)]
    samples += [second.encode(picture(n)) for n in range(7, 12)]
    start = 9 * 10**9
    frames = decode(first.init + b"".join(chunks_of(samples, start)))
    assert [f.pts for f in frames] == [start + n * 3750 for n in range(12)]
    for n, frame in enumerate(frames):
        error = np.abs(frame.to_ndarray(format="rgb24").astype(int) - picture(n)).mean()
        assert error < 12


def test_decoding_can_start_at_any_keyframe_also_behind_a_repeated_init_segment() -> None:
    encoder = Encoder(128, 96, 24)
    chunks = chunks_of([encoder.encode(picture(n), keyframe=n % 4 == 0) for n in range(12)])
    assert len(decode(encoder.init + b"".join(chunks[8:]))) == 4
    assert len(decode(encoder.init + b"".join(chunks[4:8]) + encoder.init + b"".join(chunks[8:]))) == 8


def test_ffprobe_reads_the_same_film(ffprobe: str, tmp_path: Path) -> None:
    encoder = Encoder(128, 96, 24)
    film = tmp_path / "film.mp4"
    film.write_bytes(encoder.init + b"".join(chunks_of([encoder.encode(picture(n)) for n in range(10)])))
    probe = [ffprobe, "-v", "error", "-count_frames", "-show_streams", "-of", "json"]
    (stream,) = json.loads(subprocess.check_output([*probe, film]))["streams"]
    assert stream["nb_read_frames"] == "10"
    assert (stream["r_frame_rate"], stream["color_space"], stream["color_range"]) == ("24/1", "bt709", "tv")


def test_colours_come_back_as_bt709() -> None:
    red = np.zeros((96, 128, 3), np.uint8)
    red[...] = (255, 0, 0)
    encoder = Encoder(128, 96, 24, crf=10)
    (frame,) = decode(encoder.init + chunks_of([encoder.encode(red)])[0])
    luma = frame.to_ndarray(format="yuv420p")[50, 50]
    assert luma == pytest.approx(16 + 219 * 0.2126, abs=2)  # BT.601 would give 81


def test_the_cap_on_the_bitrate_holds_on_noise() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (24, 96, 128, 3), np.uint8)
    encoder = Encoder(128, 96, 24, bitrate=400_000)
    total = sum(len(encoder.encode(p).data) for p in noise)
    assert total * 8 <= 400_000 * 2  # one second of film, and what the buffer may hold over


@pytest.mark.parametrize("shape", [(96, 127, 3), (128, 96, 3), (96, 128, 4)])
def test_a_picture_of_another_shape_is_refused_with_both_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(96, 128, 3\) uint8"):
        Encoder(128, 96).encode(np.zeros(shape, np.uint8))


def test_odd_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="129x96: width and height must be even"):
        Encoder(129, 96)


def test_a_closed_encoder_says_so() -> None:
    encoder = Encoder(128, 96)
    encoder.close()
    encoder.close()
    with pytest.raises(EncoderError, match="picture 0 comes after the encoder was closed"):
        encoder.encode(picture(0))


@pytest.mark.parametrize(
    ("fps", "exact"), [(24.0, "24"), (1, "1"), (12.5, "25/2"), (23.976, "24000/1001"), (29.97, "30000/1001")]
)
def test_rates_that_people_write_are_exact(fps: float, exact: str) -> None:
    assert exact_rate(fps) == Fraction(exact)
