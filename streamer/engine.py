"""The engine of the settings: what draws, in which process, and what can be said of it before it is started."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from collections.abc import Callable, Iterator

from engines.base import Engine
from engines.diffusion.options import DiffusionOptions, Lora
from engines.errors import EngineError

from .errors import UserError
from .settings import DIFFUSION, Settings

FACTORY = "engines.diffusion.engine:DiffusionEngine"

NEEDED = ("torch", "diffusers", "transformers", "safetensors")
"""Modules without which no diffusion model can be loaded."""

INSTALL = "pip install '.[diffusion]'"


@contextlib.contextmanager
def said() -> Iterator[None]:
    """An engine's own words to whoever asked for it: EngineError becomes UserError."""
    try:
        yield
    except EngineError as error:
        raise UserError(str(error)) from error


def engine_of(settings: Settings) -> contextlib.AbstractContextManager[Engine]:
    """The engine of these settings, not prepared yet, closed at the end of the context.

    Raises UserError for what can be seen without loading anything: a model that is none, a size that it cannot draw.
    """
    return contextlib.closing(_sketch(settings) if settings.engine == "sketch" else _diffusion(settings))


def _sketch(settings: Settings) -> Engine:
    given = [name for name in DIFFUSION if name in settings.model_fields_set]
    if given:
        raise UserError(f"--{given[0].replace('_', '-')} is an option of the diffusion engine: add --engine diffusion")
    from engines.sketch import SketchEngine

    return SketchEngine()


def _diffusion(settings: Settings) -> Engine:
    from engines.process import ProcessEngine

    checked(settings)
    options = options_of(settings)
    with said():
        return ProcessEngine(FACTORY, options, width=settings.width, height=settings.height, name="diffusion")


def checked(settings: Settings) -> None:
    """Look at what the diffusion engine is asked for, without torch. Raises UserError."""
    if not settings.engine_model:
        raise UserError(
            "which model? give a folder in diffusers' format or a name on the hub, stabilityai/sd-turbo: "
            "--engine-model (of `worker` and `engines` also --model)"
        )
    for name, side in (("width", settings.width), ("height", settings.height)):
        if side % 8:
            raise UserError(
                f"--size {settings.size}: a diffusion model's {name} is divisible by 8, and {side} is not; "
                f"{side // 8 * 8} and {(side // 8 + 1) * 8} are"
            )
    installed()
    from engines.diffusion.checkpoint import check_size, inspect
    from engines.diffusion.presets import preset_of, settled

    with said():
        checkpoint = inspect(settings.engine_model)
        settled(preset_of(settings.engine_model, checkpoint), options_of(settings))
        check_size(checkpoint, settings.width, settings.height)


def installed() -> None:
    """Raises UserError where what every diffusion engine needs is not."""
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        raise UserError(f"the diffusion engine needs {' and '.join(missing)}, not installed here: {INSTALL}")


def options_of(settings: Settings) -> DiffusionOptions:
    """What the settings ask of the diffusion engine."""
    coherence = None if settings.coherence is None else tuple(settings.coherence)
    return DiffusionOptions(
        model=settings.engine_model,
        width=settings.width,
        height=settings.height,
        backend=settings.backend,
        device=settings.device,
        dtype=settings.dtype,
        steps=settings.steps,
        guidance=settings.guidance,
        negative=settings.negative,
        scheduler=settings.scheduler,
        decoder=settings.decoder,
        loras=tuple(_lora(words) for words in settings.lora),
        coherence=() if coherence == ("off",) else coherence,
        strength=settings.strength,
        cache=settings.engine_cache,
    )


def _lora(words: str) -> Lora:
    """`PATH[:WEIGHT]`, checked by the settings."""
    path, _, weight = words.partition(":")
    return Lora(path, float(weight or 1))


async def prepared(engine: Engine, say: Callable[[str], None]) -> None:
    """Make it ready off the event loop; cancelling this ends it. Raises UserError."""
    try:
        with said():
            await asyncio.to_thread(engine.prepare, say)
    except asyncio.CancelledError:
        await asyncio.to_thread(engine.close)
        raise
