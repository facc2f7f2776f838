"""The model that comes along: `--engine tiny`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from engines import tiny
from engines.diffusion.checkpoint import inspect
from engines.diffusion.engine import DiffusionEngine
from engines.diffusion.options import DiffusionOptions
from engines.diffusion.presets import preset_of
from streamer.engine import engine_of, options_of
from streamer.errors import UserError
from streamer.settings import Settings
from tools.train_tiny.films import stills

MOST = 20_000_000  # bytes


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    """As the settings ask for it, in this process."""
    options = options_of(Settings(engine="tiny", device="cpu"))
    engine = DiffusionEngine(DiffusionOptions(options.model, options.width, options.height, device="cpu", buckets=(1,)))
    engine.prepare(lambda _: None)
    yield engine
    engine.close()


def colours(engine: DiffusionEngine, text: str) -> NDArray[np.float64]:
    """Red, green, blue, 0..255: means over four pictures of a text."""
    mean: NDArray[np.float64] = np.mean(list(stills(engine, [text] * 4)), axis=(0, 1, 2))
    return mean


def test_it_is_small_and_a_folder_like_any_other() -> None:
    files = [path for path in tiny.FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < MOST
    assert all(path.stat().st_mode & 0o004 for path in files), "whoever installs it must be able to read it"
    found = inspect(tiny.NAME)
    assert found.size == tiny.SIZE
    assert preset_of(tiny.NAME, found).name == "tiny"
    assert preset_of(str(tiny.FOLDER), inspect(str(tiny.FOLDER))) == preset_of(tiny.NAME, found)


def test_the_engine_is_named_for_it_and_draws_at_its_size(engine: DiffusionEngine) -> None:
    assert engine.name == "diffusion/tiny"
    (picture,) = stills(engine, ["a red fox in the snowy field by day"])
    assert picture.shape == (tiny.SIZE, tiny.SIZE, 3)
    assert picture.std() > 10, "no picture of one colour"


def test_night_is_darker_than_day_and_sunset_redder(engine: DiffusionEngine) -> None:
    day, sunset, night = (
        colours(engine, f"a rabbit in the meadow {time}") for time in ("by day", "at sunset", "at night")
    )
    assert night.mean() < 0.6 * day.mean()
    assert sunset[0] - sunset[2] > day[0] - day[2] + 20


def test_the_colour_that_was_asked_for_is_seen(engine: DiffusionEngine) -> None:
    red, blue = (colours(engine, f"a {colour} car in the desert by day") for colour in ("red", "blue"))
    assert red[0] - red[2] > blue[0] - blue[2] + 3


def test_it_has_a_size_of_its_own_unless_another_is_asked_for() -> None:
    assert Settings(engine="tiny").size == "128x128"
    assert Settings(engine_model="tiny").size == "128x128"
    assert Settings(engine="tiny", size="192x128").size == "192x128"
    assert Settings().size == "512x512"


def test_it_is_no_other_model() -> None:
    settings = Settings(engine="tiny", engine_model="stabilityai/sd-turbo")
    with pytest.raises(UserError, match="a model of its own: for stabilityai/sd-turbo write --engine diffusion"):
        engine_of(settings)
