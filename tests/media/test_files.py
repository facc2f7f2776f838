"""Rendered films and recordings are files that every player opens."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from streamer.errors import Rejected
from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.media.files import Mp4Writer, Recording


def grey(level: int, width: int = 64, height: int = 64) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_a_rendered_film_has_the_exact_frames_and_rate(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "film.mp4", 64, 64, 30) as film:
        for n in range(17):
            film.write(grey(n * 10))
    with av.open(tmp_path / "film.mp4") as container:
        (stream,) = container.streams.video
        assert (stream.frames, stream.average_rate) == (17, 30)
        assert len(list(container.decode(stream))) == 17
    data = (tmp_path / "film.mp4").read_bytes()
    assert [box.kind for box in cmaf.boxes(data)].index("moov") < [box.kind for box in cmaf.boxes(data)].index("mdat")


def test_a_film_that_fails_half_way_leaves_no_broken_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="engine"), Mp4Writer(tmp_path / "film.mp4", 64, 64, 30) as film:  # noqa: PT012
        film.write(grey(1))
        raise RuntimeError("the engine gave up")
    assert list(tmp_path.iterdir()) == []


def live(encoder: Encoder, count: int, start: int, gop: int = 4) -> list[bytes]:
    """Chunks as a worker writes them, frame n of grey 40 + n."""
    chunks, width = [], cmaf.parse_init(encoder.init).width
    for n in range(count):
        sample = encoder.encode(grey(40 + n, width), keyframe=n % gop == 0)
        chunks.append(
            cmaf.chunk(seq=n, pts=start + n * 3750, duration=3750, keyframe=sample.keyframe, data=sample.data)
        )
    return chunks


def test_a_recording_starts_at_the_first_keyframe_and_at_time_zero(tmp_path: Path) -> None:
    encoder = Encoder(64, 64)
    chunks = live(encoder, 12, start=10**10)
    with Recording(tmp_path / "live.mp4") as recording:
        assert not recording.chunk(chunks[0])  # no init segment yet
        recording.init(encoder.init)
        used = [recording.chunk(chunk) for chunk in chunks[2:]]
        assert used == [False, False] + [True] * 8
        assert recording.seconds == pytest.approx(8 / 24)
    with av.open(tmp_path / "live.mp4") as container:
        frames = list(container.decode(video=0))
        assert container.streams.video[0].frames == 8  # an index was written: a plain MP4
    assert [frame.pts for frame in frames] == [n * 3750 for n in range(8)]
    assert [round(float(frame.to_ndarray(format="rgb24").mean())) for frame in frames] == pytest.approx(
        list(range(44, 52)), abs=2
    )


def test_a_new_generation_opens_the_next_file_and_a_repeated_init_does_not(tmp_path: Path) -> None:
    small, large = Encoder(64, 64), Encoder(96, 64)
    with Recording(tmp_path / "live.mp4") as recording:
        recording.init(small.init)
        for chunk in live(small, 4, start=0):
            recording.chunk(chunk)
        recording.init(small.init)
        for chunk in live(small, 4, start=4 * 3750):
            recording.chunk(chunk)
        recording.init(large.init)
        for chunk in live(large, 4, start=8 * 3750):
            recording.chunk(chunk)
    assert recording.files == [tmp_path / "live.mp4", tmp_path / "live-2.mp4"]
    sizes = []
    for path in recording.files:
        with av.open(path) as container:
            frames = list(container.decode(video=0))
            sizes.append((len(frames), frames[0].width, frames[0].pts))
    assert sizes == [(8, 64, 0), (4, 96, 0)]


def test_a_film_whose_time_goes_back_opens_the_next_file(tmp_path: Path) -> None:
    first, second = Encoder(64, 64), Encoder(64, 64)
    with Recording(tmp_path / "film.mp4") as recording:
        recording.init(first.init)
        taken = [recording.chunk(data) for data in [*live(first, 6, start=90_000), *live(second, 6, start=0)[1:]]]
    assert taken == [True] * 6 + [False] * 3 + [True] * 2  # of the second film from its keyframe on
    for path, frames in zip(recording.files, (6, 2), strict=True):
        with av.open(path) as container:
            assert len(list(container.decode(video=0))) == frames


def test_what_was_recorded_before_a_crash_can_be_read(tmp_path: Path) -> None:
    encoder = Encoder(64, 64)
    recording = Recording(tmp_path / "live.mp4")
    recording.init(encoder.init)
    for chunk in live(encoder, 12, start=0):
        recording.chunk(chunk)
    (tmp_path / "copy.mp4").write_bytes((tmp_path / "live.mp4").read_bytes())  # as if the process died here
    recording.close()
    with av.open(tmp_path / "copy.mp4") as container:
        assert len(list(container.decode(video=0))) >= 4


def test_bytes_that_are_no_chunk_are_refused(tmp_path: Path) -> None:
    with Recording(tmp_path / "live.mp4") as recording, pytest.raises(Rejected):
        recording.chunk(b"GET / HTTP/1.1")


def test_a_film_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"precious")

    def fail() -> None:
        with Mp4Writer(film, 64, 64, 24.0) as writer:
            writer.write(np.zeros((64, 64, 3), np.uint8))
            raise RuntimeError("the LLM is gone")

    with pytest.raises(RuntimeError, match="the LLM is gone"):
        fail()
    assert film.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [film]


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Mp4Writer(tmp_path / "nowhere" / "film.mp4", 64, 64, 24.0)
    with pytest.raises(IsADirectoryError):
        Mp4Writer(tmp_path, 64, 64, 24.0)
