"""What reads strangers' words by rules will stumble one day; the film that it is read for must not end with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a mistake in a rule raises; everything else goes on upwards."""


def fenced(otherwise: Callable[P, T]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function that answers with `otherwise` where it stumbles, and says so in the log, with where."""

    def fence(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def answered(*arguments: P.args, **options: P.kwargs) -> T:
            try:
                return function(*arguments, **options)
            except STUMBLES:
                log.exception("the storyteller stumbled in %s; this is a fault of ours", function.__name__)
                return otherwise(*arguments, **options)

        return answered

    return fence
