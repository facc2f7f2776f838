"""Ways of directing: what a director does by default, and what a prompt makes of it for its film. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import asdict, replace

from streamer.messages import Camera, Message, PromptOptions, SceneObject, Setting
from streamer.settings import Settings

from . import clip
from .caption import Template, compose


class Ways(Message, frozen=True, kw_only=True):
    """How one film is directed. Part of its story's snapshot: a successor directs it the same way."""

    window: int = 8  # descriptions asked for at a time; 1: the paper's d_i = FD(T, d_{i-1})
    pace: Annotated[float, Meta(gt=0.0)] = 2.0  # seconds that a description lasts
    length: float = 0.0  # seconds of film, 0: endless
    descriptions: int = 0  # length in descriptions, 0: endless
    style: str = ""
    language: str = ""  # of the wish, "": its words show it
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None  # None: the words give one
    transition: Literal["auto", "blend", "cut"] = "auto"  # how a steer follows what is there

    @staticmethod
    def of(settings: Settings) -> Ways:
        """A director's defaults."""
        return Ways(
            window=settings.window,
            pace=settings.pace,
            length=settings.length,
            descriptions=settings.descriptions,
            language=settings.language,
            temperature=settings.temperature,
            top_p=settings.top_p,
            seed=settings.seed,
            transition=settings.transition,
        )

    def bent(self, options: PromptOptions) -> Ways:
        """These, but for what a prompt asks otherwise. How a steer comes in is said for that one steer only."""
        asked = {name: value for name, value in asdict(options).items() if value is not None and name != "transition"}
        return replace(self, **asked)


@dataclass(frozen=True, slots=True)
class Form:
    """How all films of a director are put into words."""

    compose: Callable[[str, Setting, Sequence[SceneObject], Camera], str] = compose
    write_in: str = "English"  # the engine's language
    broke: Callable[[str], object] = lambda rule: None  # told of each rule that an answer broke

    @property
    def english(self) -> bool:
        """Whether that language is English, as people write it: "English", "British English", "en", "en-GB"."""
        words = self.write_in.lower().replace("-", " ").replace("_", " ").split()
        return "english" in words or words[:1] == ["en"]


PAPER = Form()


def form_of(settings: Settings, broke: Callable[[str], object] = PAPER.broke) -> Form:
    """The form that these settings ask for. Raises `UserError` for a template that is none."""
    template = Template.load(settings.template) if settings.template else Template.paper()
    clip.load()  # 30 ms that the first film does not have to wait for
    return Form(template.compose, settings.engine_language, broke)
