"""What a prompt of the command line asks for besides its words, from the options that the person gave."""

from __future__ import annotations

from msgspec import structs

from .messages import PromptOptions
from .settings import Settings


def options_of(settings: Settings) -> PromptOptions:
    """The options that were given, by flag, variable or file. A default is nobody's wish: the director has its own."""
    given = settings.model_fields_set.intersection(structs.asdict(PromptOptions()))
    return PromptOptions(**{name: value for name in given if (value := getattr(settings, name)) not in (None, "")})
