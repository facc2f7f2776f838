"""What tests need besides `pip install '.[test]'`, programs and libraries, and what happens where it is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

LIBRARIES = {
    "diffusion": ("torch", "diffusers", "transformers", "safetensors", "peft"),
    "onnxruntime": ("onnx", "onnxscript", "onnxruntime"),
    "tensorrt": ("onnx", "onnxscript", "tensorrt_rtx"),
    "evaluate": ("cv2", "skimage"),
}
"""Part, which is also the name of the extra that installs it → its modules. Looked for, not imported."""

NEEDS = {
    "engines/diffusion": ("diffusion",),
    "engines/diffusion/coherence/test_filtering.py": ("onnxruntime",),
    "engines/diffusion/test_coherent_films.py": ("evaluate",),
    "engines/compile": ("diffusion", "onnxruntime"),
    "engines/compile/test_build.py": ("tensorrt",),
    "engines/compile/test_target.py": ("tensorrt",),
    "engines/test_sketch_golden.py": ("evaluate",),
    "engines/test_train_tiny.py": ("diffusion", "evaluate"),
    "evaluate": ("evaluate",),
    "evaluate/test_coherence.py": ("diffusion",),
    "test_engines_command.py": ("diffusion", "onnxruntime"),
    "test_film_diffusion.py": ("diffusion",),
}
"""Folder or file of tests → the parts that it imports, beyond those of the folder that it is in."""


def missing(part: str, reason: str) -> NoReturn:
    """Skip the test with the reason, or fail it where `part` is required: STREAMER_TEST_REQUIRE=kafka,chromium,…"""
    required = os.environ.get("STREAMER_TEST_REQUIRE", "").replace(" ", "").split(",")
    if part in required:
        pytest.fail(f"{part} is required (STREAMER_TEST_REQUIRE) and cannot be used: {reason}", pytrace=False)
    pytest.skip(f"no {part}: {reason}")


def absent(part: str) -> list[str]:
    """The modules of a part that are not installed."""
    return [module for module in LIBRARIES[part] if find_spec(module) is None]


def needed(part: str) -> None:
    """Skip or fail where modules of a part are not installed."""
    if modules := absent(part):
        missing(part, f"{', '.join(modules)} not installed; pip install '.[test,{part}]'")


def imported(path: Path) -> Iterator[str]:
    """The parts that a folder or a file of tests needs for itself."""
    place = path.relative_to(Path(__file__).parent) if path.is_relative_to(Path(__file__).parent) else path
    yield from NEEDS.get(place.as_posix(), ())


class Absent(pytest.Collector):
    """Stands where tests would be whose libraries are not installed, and says so; nothing of them is imported."""

    def __init__(self, part: str, **how: object) -> None:
        super().__init__(**how)  # type: ignore[arg-type]
        self.part = part

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        needed(self.part)
        return []
