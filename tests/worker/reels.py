"""What a director may say, and the frames that a Timeline makes of it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from streamer.messages import Box, Camera, Direction, EndOfStory, FrameDescription, Hold, Resume, SceneObject, Setting
from streamer.worker.timeline import FrameStep, Timeline

STEP = 1 / 24


def described(seq: int, epoch: int = 1, *, x: float = 0.1, cast: str = "fox", **other: Any) -> FrameDescription:
    """A description in which everyone of `cast` (names, apart by blanks) stands at `x`."""
    objects = tuple(SceneObject(id=name, noun=name, box=Box(x, 0.5, 0.2, 0.2)) for name in cast.split())
    values: dict[str, Any] = {
        "shot": 0, "duration": 2.0, "text": f"{cast} {epoch}.{seq}", "objects": objects, "seed": epoch,
    }  # fmt: skip
    return FrameDescription(epoch=epoch, seq=seq, **values | other)


def play(timeline: Timeline, seconds: float, step: float = STEP) -> list[FrameStep]:
    """The frames of that much film; fewer when there is nothing to show."""
    frames = [timeline.frame(step) for _ in range(round(seconds / step))]
    return [frame for frame in frames if frame is not None]


def where(frame: FrameStep, name: str = "fox") -> float:
    (figure,) = [each for each in frame.spec.figures if each.id == name]
    return figure.box.x


def begun(frames: list[FrameStep]) -> list[tuple[int, int]]:
    return [(frame.begins.epoch, frame.begins.seq) for frame in frames if frame.begins]


def a_film(*directions: Direction) -> Timeline:
    timeline = Timeline()
    for direction in directions:
        timeline.push(direction)
    return timeline


def directions() -> st.SearchStrategy[Direction]:
    epochs = st.integers(1, 4)
    place = st.floats(-0.5, 1.2)
    return st.one_of(
        st.builds(
            described,
            st.integers(0, 6),
            epochs,
            x=place,
            cast=st.sampled_from(["fox", "fox owl", "owl", ""]),
            duration=st.floats(0.5, 3.0),
            transition=st.sampled_from(["blend", "blend", "cut"]),
            shot=st.integers(0, 1),
            setting=st.builds(Setting, place=st.sampled_from(["", "sea"])),
            camera=st.builds(Camera, pan=st.tuples(place, place), zoom=st.floats(0.5, 2.0)),
        ),
        st.builds(Hold, epoch=epochs, reason=st.sampled_from(["paused", "idle"])),
        st.builds(Resume, epoch=epochs),
        st.builds(EndOfStory, epoch=epochs, seq=st.integers(0, 6)),
    )


scripts = st.lists(st.one_of(directions(), st.integers(1, 40), st.just("abandon")), max_size=40)


def act(film: Timeline, thing: Direction | int | str) -> list[FrameStep]:
    if isinstance(thing, int):
        return play(film, thing * STEP)
    if thing == "abandon":
        film.abandon()
    else:
        film.push(thing)  # type: ignore[arg-type]
    return []
