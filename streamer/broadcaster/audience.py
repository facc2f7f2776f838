"""Who watches through other broadcasters: their counts by stream, as they tell the directors (pure).

Each broadcaster writes its counts under keys of its own, `stream/broadcaster`, every few seconds; one that is gone is
forgotten when its last word expires. Anybody may write to that topic, so what is believed has bounds.
"""

from __future__ import annotations

from streamer.messages import Audience

MOST_COUNTS = 65_536
"""Counts kept, of all streams and broadcasters together; a further one is not believed."""

LONGEST = 60.0
"""Seconds that a count is believed at most, whatever it says: its writer's clock may be wrong."""


class Elsewhere:
    """`own` is this broadcaster's name in the keys; `clock` is unix seconds throughout."""

    def __init__(self, own: str = "") -> None:
        self.own = own
        self.left: set[str] = set()  # streams that this broadcaster's life before this one has told a count of
        self._counts: dict[str, dict[str, Audience]] = {}  # stream: {broadcaster: what it said last}
        self._kept = 0

    def hear(self, stream: str, broadcaster: str, told: Audience | None, clock: float) -> None:
        """What a broadcaster says of a stream; None: nobody watches there."""
        if broadcaster == self.own:
            # Our own words come back to us: what counts is only what was there before we said anything.
            (self.left.add if told is not None else self.left.discard)(stream)
            return
        counts = self._counts.setdefault(stream, {})
        if counts.pop(broadcaster, None) is not None:
            self._kept -= 1
        if told is not None and told.count and told.until > clock and self._kept < MOST_COUNTS:
            counts[broadcaster] = Audience(count=told.count, until=min(told.until, clock + LONGEST))
            self._kept += 1
        if not counts:
            del self._counts[stream]

    def watching(self, stream: str) -> int:
        """How many watch a stream through others, by what they said last."""
        return sum(told.count for told in self._counts.get(stream, {}).values())

    def sweep(self, clock: float) -> set[str]:
        """Forget what has expired; returns the streams whose count is another one now."""
        changed = set()
        for stream, counts in list(self._counts.items()):
            for broadcaster in [name for name, told in counts.items() if told.until <= clock]:
                del counts[broadcaster]
                self._kept -= 1
                changed.add(stream)
            if not counts:
                del self._counts[stream]
        return changed
