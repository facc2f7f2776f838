"""What a stream shows, frame by frame, out of what its director said. Pure: no clock, no I/O, only film time.

While description k lasts, the film moves from the pose of k-1 to the pose of k, so that nothing has to be known of
k+1. When its time is over and k+1 is not there, frames of k go on: motion comes to rest, the camera drifts a little.
A description of a newer epoch replaces everything at once; Hold and Resume act at once and take no film time.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import Struct

from engines.base import FrameSpec
from streamer.errors import Rejected
from streamer.messages import Box, Direction, EndOfStory, FrameDescription, Hold, Resume, SceneObject

from .motion import STILL, Motion, Pose, Vector, camera_aim, parted

MAX_BACKLOG = 128
"""Descriptions not entered yet. The director's bounded lead keeps it at a few; a stranger's flood is refused."""

_INSTANT = 1e-6  # seconds; a sum of steps that comes this near to a duration has reached it

Status = Literal["playing", "held", "ended"]


@dataclass(frozen=True, slots=True)
class FrameStep:
    """One frame to be drawn."""

    spec: FrameSpec
    epoch: int
    begins: FrameDescription | None = None  # the description that begins with this frame
    cut: bool = False  # nothing of the frame before leads to this one
    missed: int = 0  # descriptions that never came between the last one and the one that begins


class _State(Struct, omit_defaults=True):
    """All of a Timeline but its backlog. Every value in it is immutable, so that a shallow copy is a snapshot."""

    epoch: int = -1  # of the film that is seen; -1: none yet
    newest: int = -1  # of anything heard; what is older is worthless
    status: Status = "playing"
    reason: str = ""  # of a hold or an end
    held_in: int = -1  # epoch of the hold
    described: int = 0  # seq of the next description to enter
    done: float = 0.0  # seconds of the descriptions of this epoch that are over
    now: FrameDescription | None = None
    origin: Pose | None = None  # what `now` starts from
    aim: Vector = STILL.at  # where its camera goes
    phase: float = 0.0  # seconds since it began
    waited: bool = False  # a frame past its duration was shown
    still: bool = False  # it stands in for one that was abandoned
    t: float = 0.0  # seconds since the shot began
    shot: int = 0  # cuts so far, over all epochs: an engine sees no epochs
    seed: int = 0  # of the shot
    end: tuple[int, int, str] | None = None  # (epoch, seq, reason): the film ends before this seq


_decode_state = msgspec.json.Decoder(_State).decode


@dataclass(frozen=True, slots=True)
class Mark:
    """A Timeline as it was; see `Timeline.rewind`."""

    state: _State
    backlog: tuple[FrameDescription, ...]


class Timeline:
    """The film of one stream."""

    def __init__(self) -> None:
        self._state = _State()
        self._backlog: deque[FrameDescription] = deque()
        self._motion: Motion | None = None  # derived from state: now, origin, aim

    # What the worker tells others about it.

    @property
    def epoch(self) -> int:
        """Of the film that is seen; -1 before the first description has entered."""
        return self._state.epoch

    @property
    def status(self) -> Status:
        return self._state.status

    @property
    def reason(self) -> str:
        """Why it is held or has ended; "" while it plays."""
        return self._state.reason

    @property
    def described(self) -> int:
        """Seq of the next description that has not been entered."""
        return self._state.described

    @property
    def rendered(self) -> float:
        """Seconds of descriptions of this epoch that have been shown; time spent waiting for one does not count."""
        state = self._state
        return state.done + (min(state.phase, state.now.duration) if state.now else 0.0)

    @property
    def backlog(self) -> tuple[FrameDescription, ...]:
        """Descriptions that wait for their turn, in order, of one epoch."""
        return tuple(self._backlog)

    @property
    def ready(self) -> bool:
        """True if `frame` has something to show (it may still find the end of the story instead)."""
        return self._state.status == "playing" and (self._state.now is not None or bool(self._backlog))

    # What it is told.

    def push(self, direction: Direction) -> bool:
        """Take note of what the director says; False when it is worthless: of an older epoch, or known already.

        Raises `Rejected` when more than `MAX_BACKLOG` descriptions wait.
        """
        if direction.epoch < self._state.newest:
            return False
        match direction:
            case FrameDescription():
                return self._describe(direction)
            case EndOfStory():
                return self._end(direction)
            case Hold():
                return self._hold(direction)
            case Resume():
                return self._resume(direction)

    def _describe(self, description: FrameDescription) -> bool:
        state = self._state
        if description.epoch == state.epoch and state.status == "ended":
            return False
        if state.end and state.end[0] == description.epoch and description.seq >= state.end[1]:
            return False
        if self._backlog and self._backlog[0].epoch < description.epoch:
            self._backlog.clear()
        if self._backlog:
            expected = self._backlog[-1].seq + 1
        else:
            expected = state.described if description.epoch == state.epoch else 0
        if description.seq < expected:
            return False
        if len(self._backlog) >= MAX_BACKLOG:
            raise Rejected(f"{MAX_BACKLOG} descriptions wait already; a director runs a few seconds ahead, no more")
        self._backlog.append(description)
        state.newest = description.epoch
        if state.end and state.end[0] < description.epoch:
            state.end = None
        if state.status == "ended" or (state.status == "held" and state.held_in < description.epoch):
            state.status, state.reason = "playing", ""
        return True

    def _end(self, end: EndOfStory) -> bool:
        state = self._state
        if state.status == "ended" and end.epoch <= state.epoch:
            return False
        state.newest = end.epoch
        kept = [each for each in self._backlog if each.epoch == end.epoch and each.seq < end.seq]
        self._backlog = deque(kept)
        if end.epoch > state.epoch and not kept:
            # A stop, or an end whose descriptions were all lost: the topic is ordered, they will not come.
            self._state = _State(epoch=end.epoch, newest=end.epoch, shot=state.shot, described=end.seq)
            self._finish(end.reason)
        elif end.epoch == state.epoch and end.seq < state.described:
            self._finish(end.reason)
        else:
            state.end = (end.epoch, end.seq, end.reason)
        return True

    def _finish(self, reason: str) -> None:
        state = self._state
        state.done, state.phase = self.rendered, 0.0
        state.status, state.reason = "ended", reason
        state.now = state.origin = state.end = self._motion = None

    def _hold(self, hold: Hold) -> bool:
        state = self._state
        if state.status == "ended" and hold.epoch <= state.epoch:
            return False
        changed = (state.status, state.reason) != ("held", hold.reason)
        state.newest = state.held_in = hold.epoch
        state.status, state.reason = "held", hold.reason
        return changed

    def _resume(self, resume: Resume) -> bool:
        state = self._state
        state.newest = resume.epoch
        if state.status != "held":
            return False
        state.status, state.reason = "playing", ""
        return True

    # What it shows.

    def frame(self, step: float) -> FrameStep | None:
        """The next frame, which will be seen for `step` seconds; None: there is nothing to show now."""
        state = self._state
        if state.status != "playing":
            return None
        begins, cut, missed = None, False, 0
        over = state.now is None or state.phase + _INSTANT >= state.now.duration
        if self._backlog and (over or self._backlog[0].epoch > state.epoch):
            begins = self._backlog.popleft()
            missed = begins.seq - (state.described if begins.epoch == state.epoch else 0)
            cut = self._enter(begins, step)
        elif over and state.end and state.end[0] == state.epoch:
            self._finish(state.end[2])
            return None
        if state.now is None:
            return None
        spec = self._moving().spec(state.phase, t=state.t, seed=state.seed, shot=state.shot)
        state.waited = state.phase + _INSTANT >= state.now.duration
        state.phase += step
        state.t += step
        return FrameStep(spec, state.epoch, begins, cut, missed)

    def _enter(self, description: FrameDescription, step: float) -> bool:
        """Let `description` begin; True if by a cut."""
        state, before = self._state, self._state.now
        same_epoch = description.epoch == state.epoch
        phase, origin, start = 0.0, None, STILL.at
        if before is not None:
            late = state.phase - before.duration
            # Film time is exact: what the last frame lasted over the end of its description belongs to this one.
            # Not after waiting, and at most a step, so that descriptions shorter than a step do not pile up a debt.
            phase = min(late, step) if late > _INSTANT and same_epoch and not state.waited else 0.0
            origin = self._moving().pose(min(state.phase, before.duration) if not state.waited else state.phase)
            start = state.aim if late + _INSTANT >= 0 else origin.camera.at
        cut = (
            origin is None
            or description.transition == "cut"
            or (same_epoch and before is not None and description.shot != before.shot)
        )
        if cut:
            origin, start = None, STILL.at
            state.t, state.seed, state.shot = phase, description.seed, state.shot + 1
        elif origin is not None and not same_epoch:
            origin = parted(origin, description, state.epoch)
        state.done = self.rendered if same_epoch else 0.0
        state.epoch, state.described = description.epoch, description.seq + 1
        state.now, state.origin, state.aim = description, origin, camera_aim(start, description)
        state.phase, state.waited, state.still = phase, False, False
        self._motion = None
        return cut

    def _moving(self) -> Motion:
        if self._motion is None:
            assert self._state.now is not None
            self._motion = Motion(self._state.now, self._state.origin, self._state.aim)
        return self._motion

    def abandon(self) -> FrameDescription | None:
        """Give up the description that is being shown, because it cannot be drawn, and return it.

        What was seen before it stays until the next one comes; after a cut, or if that cannot be drawn either (None is
        returned then), nothing is shown. It counts as rendered.
        """
        state, given_up = self._state, self._state.now
        if given_up is None:
            return None
        self._motion = None
        if state.origin is None or state.still:
            state.done, state.phase = state.done + given_up.duration, 0.0
            state.now = state.origin = None
        else:
            state.now, state.aim = _still(state.origin, given_up), state.origin.camera.at
            state.phase, state.waited = given_up.duration, True
        already, state.still = state.still, True
        return None if already else given_up

    # Taking it back, and passing it on.

    def mark(self) -> Mark:
        """Remember this moment, cheaply."""
        return Mark(copy.copy(self._state), tuple(self._backlog))

    def rewind(self, mark: Mark) -> None:
        """Be as at `mark`; every later frame is as if nothing had happened since."""
        self._state, self._backlog, self._motion = copy.copy(mark.state), deque(mark.backlog), None

    def snapshot(self) -> bytes:
        """JSON of everything but the backlog."""
        return msgspec.json.encode(self._state)

    @classmethod
    def restore(cls, snapshot: bytes, backlog: Iterable[FrameDescription] = ()) -> Timeline:
        """The Timeline of a snapshot: given the same pushes it shows the same frames, to the last bit.

        Raises `msgspec.MsgspecError` for a snapshot of something else. `null` gives a new Timeline.
        """
        return cls._of(_State() if bytes(snapshot) == b"null" else _decode_state(snapshot), backlog)

    @classmethod
    def after(cls, epoch: int, described: int, status: Status, reason: str) -> Timeline:
        """A Timeline without a picture that waits for description (`epoch`, `described`)."""
        state = _State(epoch=epoch, newest=epoch, described=described, status=status, reason=reason, held_in=epoch)
        return cls._of(state, ())

    @classmethod
    def _of(cls, state: _State, backlog: Iterable[FrameDescription]) -> Timeline:
        timeline = cls()
        timeline._state, timeline._backlog = state, deque(backlog)
        return timeline


def _still(pose: Pose, instead_of: FrameDescription) -> FrameDescription:
    """A description that shows `pose` as it is, without those who were about to leave."""
    return FrameDescription(
        epoch=instead_of.epoch,
        seq=instead_of.seq,
        shot=instead_of.shot,
        duration=instead_of.duration,
        text=pose.text,
        setting=pose.setting,
        objects=tuple(
            SceneObject(id=each.id, noun=each.noun, look=each.look, action=each.action, box=_box(*each.move.at))
            for each in pose.figures
            if each.presence >= 0.5
        ),
        seed=instead_of.seed,
    )


def _box(x: float, y: float, w: float, h: float) -> Box:
    """Within what a message may say: coasting can lead a little beyond."""
    return Box(max(-2.0, min(3.0, x)), max(-2.0, min(3.0, y)), min(3.0, w), min(3.0, h))
