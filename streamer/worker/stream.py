"""One stream as its worker keeps it: what to draw next, what is written of it, and what a successor must know.

Pure, like the Timeline and the Pacer that it joins: drawing, encoding and committing are its caller's.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from streamer.media import cmaf
from streamer.media.encoder import Sample
from streamer.messages import (
    TIMESCALE,
    UNREADABLE,
    Direction,
    EndOfStory,
    FrameDescription,
    Hold,
    Media,
    Resume,
    WorkerState,
)
from streamer.video import Chunk, InitSegment

from .pacing import Pacer
from .timeline import FrameStep, Mark, Timeline

log = logging.getLogger(__name__)

INIT_EVERY = 60.0
"""Seconds after which the init segment is written again, so that a reader of the topic finds one near."""

_COVERED = -1
"""In place of the offset of a description that is kept in WorkerState: its record is not needed any more."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a worker writes its streams, equal for all of them."""

    rate: Fraction  # frames per second
    gop: float  # seconds from keyframe to keyframe
    lead: float  # seconds rendered ahead of the clock
    init: bytes  # the init segment that every encoder of these settings writes
    media: Media


@dataclass(frozen=True, slots=True)
class Planned:
    """A frame to be drawn, encoded and written."""

    step: FrameStep
    seq: int
    pts: int  # ticks
    duration: int  # ticks
    keyframe: bool
    before: _Moment


@dataclass(frozen=True, slots=True)
class _Moment:
    timeline: Mark
    pacer: Pacer
    epoch: int
    seq: int
    key_at: int | None


class Stream:
    """See above. `dirty` says that its WorkerState has changed since the caller last committed and cleared it."""

    def __init__(self, id: str, output: Output, state: WorkerState | None = None) -> None:
        """`state` is what the last owner committed, None for a stream that never played."""
        self.id = id
        self.dirty = False
        self._output = output
        state = state or WorkerState(epoch=0, status="playing")
        self.timeline = _restored(id, state)
        self.pacer = Pacer(output.rate, lead=output.lead, pts=state.pts)
        self._epoch, self._seq = state.epoch, state.seq
        self._generation = state.generation + (state.init != output.init)
        self._told = state.generation, state.init, state.media  # of what was written last
        self._keyframe = state.keyframe
        self._gop = state.gop  # of the next keyframe
        self._key_at: int | None = None  # pts of the newest keyframe of this owner
        self._init_at: int | None = None  # pts where this owner last wrote the init segment
        self._offsets: dict[tuple[int, int], int] = {(d.epoch, d.seq): _COVERED for d in state.backlog}

    # What comes in

    def push(self, direction: Direction, offset: int) -> bool:
        """Take a record of the director at its offset; False when it is worthless.

        Raises `Rejected` for a flood. Frames that were planned before stay valid, see `overtakes`.
        """
        status, reason, held = self.timeline.status, self.timeline.reason, self.timeline.status == "held"
        if not self.timeline.push(direction):
            return False
        if isinstance(direction, FrameDescription):
            self._offsets[direction.epoch, direction.seq] = offset
        if (status, reason) != (self.timeline.status, self.timeline.reason):
            self._rest()
        # What waits while a film is held is kept in its state, and an announced end is known nowhere else.
        self.dirty |= held or isinstance(direction, EndOfStory | Hold)
        return True

    def overtakes(self, direction: Direction) -> bool:
        """Would `direction` make frames worthless that are planned and not written yet?"""
        epoch = self.timeline.epoch
        if isinstance(direction, EndOfStory) and direction.epoch == epoch:
            return direction.seq < self.timeline.described
        if isinstance(direction, Hold):
            return direction.epoch >= epoch
        return direction.epoch > epoch and not isinstance(direction, Resume)

    # What goes out

    def wait(self, now: float) -> float | None:
        """Seconds until a frame is due, 0 if one is; None: not before the director says something."""
        return self.pacer.wait(now) if self.timeline.ready else None

    def plan(self, now: float, most: int) -> list[Planned]:
        """The frames that are due, `most` at most. They count as made; `undo` and `fail` take them back."""
        backlog = self.timeline.backlog
        if self.timeline.ready and backlog and backlog[0].epoch > self.timeline.epoch:
            self.pacer.reset()
        # The first picture of an epoch, or after a pause, is what somebody waits for: it goes out alone.
        first = self.pacer.at_rest
        planned: list[Planned] = []
        for _ in range(min(1 if first else most, self.pacer.due(now)) if self.timeline.ready else 0):
            frame = self._plan_one(now)
            if frame is None:
                break
            planned.append(frame)
        return planned

    def _plan_one(self, now: float) -> Planned | None:
        before = self._moment()
        pts, duration = self.pacer.pts, self.pacer.next(now)
        step = self.timeline.frame(duration / TIMESCALE)
        if step is None:  # the end of the story, or nothing to show
            self.pacer = before.pacer
            if self.timeline.status == "ended":
                self._rest()
            return None
        keyframe = self._key_at is None or pts + duration / 2 >= self._key_at + self._output.gop * TIMESCALE
        if step.epoch != self._epoch:
            self._epoch, self._seq, keyframe = step.epoch, 0, True
        if step.missed:
            log.warning("%s: %d descriptions before %s never came", self.id, step.missed, _name(step.begins))
        if keyframe:
            self._key_at = pts
        self._seq += 1
        self.dirty = True
        return Planned(step, self._seq - 1, pts, duration, keyframe, before)

    def _moment(self) -> _Moment:
        return _Moment(self.timeline.mark(), copy.copy(self.pacer), self._epoch, self._seq, self._key_at)

    def _rest(self) -> None:
        """No frame follows for a while: the clock starts anew afterwards, with a keyframe."""
        self.pacer.reset()
        self._key_at, self.dirty = None, True

    def undo(self, planned: Planned) -> None:
        """Take back `planned` and all frames after it; they were drawn, but not encoded.

        What was pushed since they were planned is taken back too: undo first, then push.
        """
        self.timeline.rewind(planned.before.timeline)
        self.pacer = copy.copy(planned.before.pacer)
        self._epoch, self._seq, self._key_at = planned.before.epoch, planned.before.seq, planned.before.key_at

    def fail(self, planned: Planned) -> FrameDescription | None:
        """`planned` cannot be drawn: take it and all after it back, and give up its description.

        Returns it; None if it was given up before, and what is shown in its place cannot be drawn either.
        """
        self.undo(planned)
        self.timeline.frame(planned.duration / TIMESCALE)
        self.dirty = True
        return self.timeline.abandon()

    def write(self, planned: Sequence[Planned], samples: Sequence[Sample], wall: float) -> list[InitSegment | Chunk]:
        """What goes to `streamer.video`, in order; `wall` is the producer's clock in unix seconds."""
        items: list[InitSegment | Chunk] = []
        for frame, sample in zip(planned, samples, strict=True):
            due = self._init_at is None or frame.pts >= self._init_at + INIT_EVERY * TIMESCALE
            if frame.keyframe and due:
                self._init_at = frame.pts
                self._told = self._generation, self._output.init, self._output.media
                items.append(InitSegment(frame.step.epoch, self._generation, self._output.media, self._output.init))
            self._gop += frame.keyframe
            data = cmaf.chunk(
                seq=frame.seq,
                pts=frame.pts,
                duration=frame.duration,
                keyframe=frame.keyframe,
                data=sample.data,
                wall=wall if frame.keyframe else None,
            )
            chunk = Chunk(
                epoch=frame.step.epoch,
                seq=frame.seq,
                pts=frame.pts,
                duration=frame.duration,
                keyframe=frame.keyframe,
                generation=self._generation,
                data=data,
                description=frame.step.begins,
                gop=self._gop - 1,
            )
            items.append(chunk)
        return items

    # What a successor must know

    def needs(self) -> int | None:
        """The lowest offset of the director's topic that is still needed for this stream; None: none is."""
        waiting = {(each.epoch, each.seq) for each in self.timeline.backlog}
        self._offsets = {name: offset for name, offset in self._offsets.items() if name in waiting}
        if self.timeline.status == "held":  # its backlog travels in its state, or it would hold up the others
            return None
        return min((offset for offset in self._offsets.values() if offset != _COVERED), default=None)

    @property
    def unplaced(self) -> bool:
        """True as long as no keyframe's offset is known."""
        return self._keyframe < 0

    def placed(self, keyframe: int) -> None:
        """The offset in `streamer.video` that the newest keyframe got."""
        self._keyframe = keyframe

    def state(self, consumed: int | None) -> WorkerState:
        """To be committed with the frames written so far and with `consumed`, the next offset to be read."""
        timeline = self.timeline
        generation, init, media = self._told
        held = timeline.status == "held"  # then its records are not waited for, see `needs`
        for name, offset in self._offsets.items():
            if held or (consumed is not None and offset < consumed):
                self._offsets[name] = _COVERED
        covered = [each for each in timeline.backlog if self._offsets[each.epoch, each.seq] == _COVERED]
        return WorkerState(
            epoch=max(timeline.epoch, 0),
            status=timeline.status,
            reason=timeline.reason,
            seq=self._seq if timeline.epoch == self._epoch else 0,
            pts=self.pacer.pts,
            rendered=timeline.rendered,
            described=timeline.described,
            timeline=msgspec.Raw(timeline.snapshot()),
            backlog=tuple(covered),
            generation=generation,
            init=init,
            media=media,
            keyframe=self._keyframe,
            gop=self._gop,
        )


def _restored(id: str, state: WorkerState) -> Timeline:
    try:
        return Timeline.restore(state.timeline, state.backlog)
    except UNREADABLE as error:
        # Another version of this program wrote it. What matters to viewers is kept: epoch, seq, pts.
        log.error("%s: cannot go on in the middle of a description, waiting for the next one: %s", id, error)
        return Timeline.after(state.epoch, state.described, state.status, state.reason)


def _name(description: FrameDescription | None) -> str:
    return f"({description.epoch}, {description.seq})" if description else "-"
