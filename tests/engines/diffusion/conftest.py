"""Tiny models, each written once a session."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny networks are slower on more."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`tiny("sd-turbo")`: the folder of a tiny model of that kind. Everybody's: copy before you change it."""
    from tools import tiny_models

    root = tmp_path_factory.mktemp("models")

    def folder(kind: str) -> Path:
        if not (root / kind).exists():
            tiny_models.make(kind, root / kind)
        return root / kind

    return folder


@pytest.fixture
def copied(tiny: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """`copied("sd15")`: a folder of one's own, to be damaged."""

    def folder(kind: str) -> Path:
        return Path(shutil.copytree(tiny(kind), tmp_path / kind, dirs_exist_ok=True))

    return folder
