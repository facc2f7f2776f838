"""Chunks become pictures again, and pictures JPEG files."""

import io

import av
import numpy as np
import pytest

from streamer.errors import Rejected
from streamer.media import cmaf
from streamer.media.decoder import Decoder, JpegEncoder
from streamer.media.encoder import Encoder

TICKS = 3750


def picture(colour, width=96, height=64):
    return np.full((height, width, 3), colour, np.uint8)


def chunks(encoder, pictures, gop=4, first=0):
    for n, each in enumerate(pictures, first):
        sample = encoder.encode(each, n % gop == 0)
        yield cmaf.chunk(seq=n, pts=n * TICKS, duration=TICKS, keyframe=n % gop == 0, data=sample.data)


def colour_of(frame):
    return frame.to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0)


def test_each_chunk_gives_its_own_picture_at_once():
    encoder, decoder = Encoder(96, 64), Decoder()
    decoder.init(encoder.init)
    shades = [20 * n for n in range(12)]
    for n, data in enumerate(chunks(encoder, (picture((s, s, s)) for s in shades))):
        frame = decoder.chunk(data)
        assert frame.pts == n * TICKS
        assert colour_of(frame) == pytest.approx([shades[n]] * 3, abs=6)


def test_nothing_comes_out_before_an_init_segment_and_a_keyframe():
    encoder, decoder = Encoder(96, 64), Decoder()
    film = list(chunks(encoder, [picture((200, 0, 0))] * 6))
    assert decoder.chunk(film[0]) is None
    decoder.init(encoder.init)
    assert [decoder.chunk(data) is not None for data in film[1:]] == [False, False, False, True, True]


def test_another_size_in_mid_stream_goes_on_with_its_keyframe():
    small, large, decoder = Encoder(96, 64), Encoder(128, 96), Decoder()
    decoder.init(small.init)
    for data in chunks(small, [picture((0, 0, 200))] * 3):
        decoder.chunk(data)
    decoder.init(large.init)
    frames = [decoder.chunk(data) for data in chunks(large, [picture((0, 200, 0), 128, 96)] * 3, first=4)]
    assert [(frame.width, frame.height) for frame in frames] == [(128, 96)] * 3


def test_after_a_damaged_chunk_the_next_keyframe_is_waited_for():
    encoder, decoder = Encoder(96, 64), Decoder()
    decoder.init(encoder.init)
    film = list(chunks(encoder, (picture((20 * n, 0, 0)) for n in range(8))))
    film[1] = cmaf.chunk(seq=1, pts=TICKS, duration=TICKS, keyframe=False, data=b"\x00\x00\x00\x02no")
    assert [decoder.chunk(data) is not None for data in film] == [True, False, False, False, True, True, True, True]


def test_what_is_no_chunk_is_rejected():
    encoder, decoder = Encoder(96, 64), Decoder()
    decoder.init(encoder.init)
    with pytest.raises(Rejected):
        decoder.chunk(b"nonsense")


@pytest.mark.parametrize(
    ("asked", "size"), [(None, (96, 64)), (48, (48, 32)), (33, (32, 22)), (4000, (96, 64)), (1, (2, 2))]
)
@pytest.mark.parametrize("colour", [(220, 30, 40), (20, 180, 60), (40, 60, 230), (255, 255, 255), (0, 0, 0)])
def test_a_jpeg_has_the_colours_of_the_film_and_the_size_asked_for(asked, size, colour):
    encoder, decoder = Encoder(96, 64), Decoder()
    decoder.init(encoder.init)
    (frame,) = (decoder.chunk(data) for data in chunks(encoder, [picture(colour)]))
    with av.open(io.BytesIO(JpegEncoder().encode(frame, asked)), format="jpeg_pipe") as file:
        shown = next(file.decode(video=0))
    assert (shown.width, shown.height) == size
    # JFIF is BT.601 with the full range, the film BT.709 with the short one: mixing them up shifts colours by 20.
    assert colour_of(shown) == pytest.approx(colour, abs=6)


def test_an_encoder_of_jpegs_keeps_few_sizes():
    encoder, decoder, jpegs = Encoder(96, 64), Decoder(), JpegEncoder()
    decoder.init(encoder.init)
    (frame,) = (decoder.chunk(data) for data in chunks(encoder, [picture((9, 9, 9))]))
    for width in range(2, 96, 2):
        assert jpegs.encode(frame, width).startswith(b"\xff\xd8")
    assert len(jpegs._contexts) == JpegEncoder.SIZES
