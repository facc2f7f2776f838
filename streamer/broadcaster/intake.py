"""Wishes that come through this broadcaster's doors: checked, written to `streamer.prompts`, followed."""

from __future__ import annotations

import time
import uuid

import msgspec

from streamer.bus.base import Bus, Record
from streamer.limits import Rates
from streamer.messages import Action, PromptOptions
from streamer.topics import PROMPTS

from .authors import Authors
from .hub import Hub
from .messages import PromptProgress
from .refused import Refused


class Intake:
    """`max_chars` bounds the words of a prompt, `author_rate` how many a minute one author may ask (0: any number).

    What is passed on counts, but for a stop; the director, which hears those who write to Kafka as well, has the last
    word.
    """

    def __init__(self, hub: Hub, bus: Bus, *, max_chars: int, author_rate: float = 0.0) -> None:
        self._hub = hub
        self._bus = bus
        self._max_chars = max_chars
        self._authors = Authors()
        self._rates = Rates(author=author_rate)

    @property
    def max_body_bytes(self) -> int:
        """What a body may measure: every character escaped (12 bytes: two surrogates), and the rest of the JSON."""
        return 4096 + 12 * self._max_chars

    async def take(
        self, stream: str, prompt: str, action: Action | None, options: PromptOptions, id: str | None, peer: str = ""
    ) -> PromptProgress:
        """Publish a wish of whoever is at the address `peer`. Raises `Refused`. A known `id` is not published again:
        asking twice is asking once.

        Where this process cannot know (a repetition at another broadcaster, or after a 503), the director does.
        """
        if not self._hub.ready:
            raise Refused(503, "starting", "the streams' states are still being read; ask again in a second")
        prompt = prompt.strip()
        if len(prompt) > self._max_chars:
            raise Refused(
                422,
                "too_long",
                f"the prompt has {len(prompt)} characters, the setting `max_prompt_chars` allows {self._max_chars}",
                "prompt",
            )
        if action in (None, "play", "steer") and not prompt:
            raise Refused(422, "empty", "the prompt has no words; only pause, resume and stop need none", "prompt")
        room = self._hub.rooms.get(stream)
        if action in ("pause", "resume", "stop") and (room is None or room.channel.director is None):
            raise Refused(404, "no_stream", f"stream {stream!r} has never played, so there is nothing to {action}")
        if id is not None and room is not None and (known := room.wishes.get(id)):
            return known
        author = self._authors.name(peer)
        if action != "stop" and (excess := self._rates.take(author, stream, time.monotonic())):
            raise Refused(429, "rate", excess.reason, wait=excess.wait)
        id = id or uuid.uuid4().hex
        body: dict[str, object] = {"prompt": prompt}
        if action is not None:
            body["action"] = action
        if options != PromptOptions():
            body["options"] = msgspec.to_builtins(options)
        headers = [("id", id.encode())] + [("author", author.encode())] * bool(author)
        record = Record(PROMPTS, stream, msgspec.json.encode(body), headers=headers)
        try:
            await self._bus.publish(record)
        except TimeoutError as error:
            again = f"ask again with the id {id}, and it acts once even if this one arrives after all"
            raise Refused(503, "bus", f"the bus does not take prompts at the moment; {again}") from error
        return self._hub.accept(stream, id)
