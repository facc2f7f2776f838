"""How things move while one description lasts: from the pose that is on the screen to the pose that it asks for.

Every number moves along a cubic Hermite curve: it starts with the speed it has, ends with most of the speed it would
need to go on like that, and coasts to rest when nothing follows. So motion has no jerk from description to
description, although nobody knows the next one yet; plain ease-in-ease-out would stop at every keyframe.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from engines import base as engine
from streamer.messages import Box, FrameDescription, Setting

COAST = 0.7
"""Speed at the end of a move, as a fraction of its mean speed; 0 would stop at every description."""

REST = 0.5
"""Time constant, in seconds, with which a speed dies away once a move is over."""

FADE = 0.8
"""Seconds that a figure takes to enter or to leave (less when the description is shorter)."""

MOST_LEAVING = 16
"""Figures that fade out at a time. More are there only when a film is steered many times a second."""

ZOOM_RANGE = (0.5, 2.5)
DRIFT_ZOOM, DRIFT_SECONDS = 0.03, 4.0
"""A film that waits for its next description moves in by up to 3 percent, half of it after 4 s."""

TURNS = 0.025
"""Frame widths a second: who goes slower than this keeps facing where it did."""

_GLANCES = 16  # moments of a description at which it is noted who faces where

_LEAST_EXTENT = 0.005  # of a box: curves overshoot a little, sizes stay positive

Vector = tuple[float, ...]


class Move(Struct, frozen=True, array_like=True):
    """Numbers and their speeds at one instant."""

    at: Vector
    speed: Vector  # per second


class Posed(Struct, frozen=True, array_like=True):
    """A figure at one instant. `move` is its box: x, y, w, h."""

    id: str
    noun: str
    look: str
    action: str
    move: Move
    presence: float
    heading: int = 0  # -1 left, 1 right, 0 unknown


class Pose(Struct, frozen=True, array_like=True):
    """All that is seen at one instant; `camera` is x, y and the logarithm of the zoom."""

    text: str
    setting: Setting
    figures: tuple[Posed, ...]
    camera: Move


STILL = Move((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
"""The camera at the start of a shot."""


class _Curve:
    """One move of some numbers over `duration` seconds, and what comes after it."""

    __slots__ = ("_duration", "_end", "_end_speed", "_start", "_start_speed")

    def __init__(self, start: Move, end: Vector, duration: float) -> None:
        self._start, self._end, self._duration = start.at, end, duration
        ways = [b - a for a, b in zip(start.at, end, strict=True)]
        self._end_speed = tuple(COAST * way / duration for way in ways)
        # A speed that comes from a quicker description would carry a slow one far past its aim: bound it by the way.
        self._start_speed = tuple(
            max(-bound, min(bound, speed))
            for speed, bound in zip(start.speed, ((1.5 * abs(way) + 0.15) / duration for way in ways), strict=True)
        )

    def at(self, phase: float) -> list[float]:
        if phase >= self._duration:
            far = REST * (1.0 - math.exp((self._duration - phase) / REST))
            return [x + v * far for x, v in zip(self._end, self._end_speed, strict=True)]
        u = phase / self._duration
        to_end = u * u * (3.0 - 2.0 * u)
        from_start = 1.0 - to_end
        first = u * (1.0 - u) * (1.0 - u) * self._duration
        last = -u * u * (1.0 - u) * self._duration
        return [
            from_start * x0 + to_end * x1 + first * v0 + last * v1
            for x0, x1, v0, v1 in zip(self._start, self._end, self._start_speed, self._end_speed, strict=True)
        ]

    def speed(self, phase: float) -> list[float]:
        if phase >= self._duration:
            left = math.exp((self._duration - phase) / REST)
            return [v * left for v in self._end_speed]
        u = phase / self._duration
        way = 6.0 * u * (1.0 - u) / self._duration
        first, last = (1.0 - u) * (1.0 - 3.0 * u), u * (3.0 * u - 2.0)
        return [
            way * (x1 - x0) + first * v0 + last * v1
            for x0, x1, v0, v1 in zip(self._start, self._end, self._start_speed, self._end_speed, strict=True)
        ]


class _Track:
    """A figure's way through one description."""

    __slots__ = (
        "_action", "_camera", "_curve", "_duration", "_fade", "_from", "_headings", "_look", "_opens", "_rests",
        "_start", "_to", "_way", "id", "noun",
    )  # fmt: skip

    def __init__(
        self,
        figure: Posed,
        end: Vector | None,
        presence: float,
        duration: float,
        camera: _Curve,
        *,
        appears_at_once: bool = False,
    ) -> None:
        """`end` None: it leaves, and coasts meanwhile. `presence` is what it comes to."""
        self.id, self.noun, self._look, self._action = figure.id, figure.noun, figure.look, figure.action
        self._start = figure.move
        self._curve = _Curve(figure.move, end, duration) if end is not None else None
        self._rests = end == figure.move.at and not any(figure.move.speed)
        self._from = presence if appears_at_once else figure.presence
        self._to = presence
        self._fade = min(FADE, duration)
        self._camera, self._duration, self._opens = camera, duration, appears_at_once
        x, _, w, _ = figure.move.at
        self._way = end[0] + end[2] / 2 - x - w / 2 if end is not None else figure.move.speed[0] * duration
        self._headings = [figure.heading]  # at the glances so far
        for glance in range(1, _GLANCES + 1):
            known = self._headings[-1]
            self._headings.append(self._turned(duration * glance / _GLANCES, known) or known)
        if not figure.heading:  # nobody knows better yet: the way it will go first
            first = next((heading for heading in self._headings if heading), 0)
            self._headings = [heading or first for heading in self._headings]

    def presence(self, phase: float) -> float:
        return self._from + (self._to - self._from) * smooth(phase / self._fade)

    def _coasting(self, phase: float) -> tuple[list[float], list[float]]:
        left = math.exp(-phase / REST)
        at = [x + v * REST * (1.0 - left) for x, v in zip(self._start.at, self._start.speed, strict=True)]
        return at, [v * left for v in self._start.speed]

    def _box_and_speed(self, phase: float) -> tuple[Sequence[float], Sequence[float]]:
        if self._rests:
            return self._start.at, self._start.speed
        at, speed = (self._curve.at(phase), self._curve.speed(phase)) if self._curve else self._coasting(phase)
        at[2], at[3] = max(_LEAST_EXTENT, at[2]), max(_LEAST_EXTENT, at[3])
        return at, speed

    def _turned(self, phase: float, known: int) -> int:
        """Where it goes at that moment; 0: nowhere in particular.

        Whoever turns does so in the picture and on the ground: what stands still under a panning camera has not
        turned, nor has what the camera keeps in place, nor who swings back a little where he stops. At the start
        of a shot, when nobody has gone anywhere yet, the ground tells.
        """
        vx, _, vw, _ = self._box_and_speed(phase)[1]
        seen = vx + vw / 2
        over = seen + self._camera.speed(phase)[0]
        if abs(over) < TURNS or seen * over < 0.0:
            return 0
        if (known or not self._opens) and (abs(seen) < TURNS or seen * self._way < TURNS * TURNS):
            return 0
        return 1 if over > 0.0 else -1

    def heading(self, phase: float) -> int:
        """Where it faces: the way it went last. A function of the phase alone, so that a successor sees the same."""
        glance = min(_GLANCES, int(phase / self._duration * _GLANCES))
        return self._turned(phase, self._headings[glance]) or self._headings[glance]

    def figure(self, phase: float) -> engine.Figure:
        (x, y, w, h), (vx, vy, vw, vh) = self._box_and_speed(phase)
        return engine.Figure(
            id=self.id,
            noun=self.noun,
            look=self._look,
            action=self._action,
            box=engine.Box(x, y, w, h),
            velocity=(vx + vw / 2, vy + vh / 2),
            presence=self.presence(phase),
            heading=self.heading(phase),
        )

    def posed(self, phase: float) -> Posed:
        at, speed = self._box_and_speed(phase)
        move = Move(tuple(at), tuple(speed))
        return Posed(self.id, self.noun, self._look, self._action, move, self.presence(phase), self.heading(phase))


class Motion:
    """What is seen while `description` lasts, and after it. A pure function of its arguments and the phase."""

    def __init__(self, description: FrameDescription, origin: Pose | None, aim: Vector) -> None:
        """`origin` is the pose that it starts from (None: after a cut), `aim` where the camera goes: x, y, ln zoom."""
        self._description = description
        self._previous_text = origin.text if origin else description.text
        self._previous = origin.setting if origin else description.setting
        self._settings = _setting(self._previous), _setting(description.setting)
        self._cut = origin is None
        self._camera = _Curve(origin.camera if origin else STILL, aim, description.duration)
        self._tracks = _tracks(description, origin, self._camera)

    def _mix(self, phase: float) -> float:
        return 1.0 if self._cut else smooth(phase / self._description.duration)

    def _view(self, phase: float) -> list[float]:
        x, y, zoom = self._camera.at(phase)
        waited = phase - self._description.duration
        if waited > 0.0:
            zoom += DRIFT_ZOOM * waited * waited / (waited * waited + DRIFT_SECONDS * DRIFT_SECONDS)
        return [x, y, zoom]

    def spec(self, phase: float, *, t: float, seed: int, shot: int) -> engine.FrameSpec:
        """The frame `phase` seconds after the description began; `t` is seconds since the shot began."""
        x, y, zoom = self._view(phase)
        return engine.FrameSpec(
            t=t,
            text=self._description.text,
            previous_text=self._previous_text,
            mix=self._mix(phase),
            setting=self._settings[1],
            previous_setting=self._settings[0],
            figures=tuple([f for f in [track.figure(phase) for track in self._tracks] if f.presence > 0.0]),
            view=engine.View(x, y, max(ZOOM_RANGE[0], min(ZOOM_RANGE[1], math.exp(zoom)))),
            seed=seed,
            shot=shot,
        )

    def pose(self, phase: float) -> Pose:
        """What is seen then, as the origin of whatever follows."""
        arrived = self._mix(phase) >= 0.5  # two texts can be mixed, three cannot: the nearer one goes on
        posed = [track.posed(phase) for track in self._tracks]
        return Pose(
            text=self._description.text if arrived else self._previous_text,
            setting=self._description.setting if arrived else self._previous,
            figures=tuple(figure for figure in posed if figure.presence > 0.0),
            camera=Move(tuple(self._view(phase)), tuple(self._camera.speed(phase))),
        )


def camera_aim(start: Vector, description: FrameDescription) -> Vector:
    """Where the camera of `description` goes from `start`; all moves of a shot add up, the zoom within its range."""
    (right, down), zoom = description.camera.pan, description.camera.zoom
    low, high = math.log(ZOOM_RANGE[0]), math.log(ZOOM_RANGE[1])
    return start[0] + right, start[1] + down, max(low, min(high, start[2] + math.log(zoom)))


def parted(origin: Pose, following: FrameDescription, epoch: int) -> Pose:
    """`origin` for a film of another epoch, whose ids mean other things unless id and noun are the same."""
    known = {(figure.id, figure.noun) for figure in following.objects}
    figures = [
        figure if (figure.id, figure.noun) in known else msgspec.structs.replace(figure, id=f"{figure.id}@{epoch}")
        for figure in origin.figures
    ]
    return msgspec.structs.replace(origin, figures=tuple(figures))


def _tracks(description: FrameDescription, origin: Pose | None, camera: _Curve) -> list[_Track]:
    """Those who leave, then the cast of the description back to front."""
    cast = {thing.id: thing for thing in description.objects}
    seen = {figure.id: figure for figure in origin.figures} if origin else {}
    leaving = [figure for id, figure in seen.items() if id not in cast]
    leaving = sorted(leaving, key=lambda figure: figure.presence)[-MOST_LEAVING:]
    tracks = [_Track(figure, None, 0.0, description.duration, camera) for figure in leaving]
    for thing in cast.values():
        end = _vector(thing.box)
        before = seen.get(thing.id)
        start = before.move if before else Move(end, (0.0, 0.0, 0.0, 0.0))
        presence = before.presence if before else 0.0
        heading = before.heading if before else 0
        figure = Posed(thing.id, thing.noun, thing.look, thing.action, start, presence, heading)
        tracks.append(_Track(figure, end, 1.0, description.duration, camera, appears_at_once=origin is None))
    return tracks


def _vector(box: Box) -> Vector:
    return box.x, box.y, box.w, box.h


def _setting(setting: Setting) -> engine.Setting:
    return engine.Setting(setting.place, setting.time, setting.weather, setting.style)


def smooth(u: float) -> float:
    """0 below 0, 1 above 1, an S between."""
    return 0.0 if u <= 0.0 else 1.0 if u >= 1.0 else u * u * (3.0 - 2.0 * u)
