"""Names on the hub: looked up in its local cache, never downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.diffusion.checkpoint import inspect
from engines.errors import EngineError

Tiny = Callable[[str], Path]

SD_TURBO = "stabilityai/sd-turbo"
UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def cached(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The snapshot of SD_TURBO in a hub's cache of one's own."""
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.delenv("HUGGINGFACE_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    kept = tmp_path / "hub" / "models--stabilityai--sd-turbo"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("b261bac6fd2cf515557d5d0707481eafa0485ec2")
    return Path(shutil.copytree(tiny("sd-turbo"), kept / "snapshots" / "b261bac6fd2cf515557d5d0707481eafa0485ec2"))


def test_a_name_is_looked_up_in_the_hubs_cache(cached: Path) -> None:
    assert inspect(SD_TURBO).folder == cached
    (cached.parents[1] / "refs" / "main").unlink()
    assert inspect(SD_TURBO).folder == cached  # the only snapshot there is


def test_the_cache_is_where_the_hubs_own_variables_say(
    cached: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hub").rename(tmp_path / "elsewhere")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    assert inspect(SD_TURBO).family == "sd"
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.delenv("HF_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "huggingface").mkdir()
    (tmp_path / "elsewhere").rename(tmp_path / "huggingface" / "hub")
    assert inspect(SD_TURBO).family == "sd"


def test_a_name_that_is_not_there_is_refused_with_the_command_that_gets_it(cached: Path) -> None:
    with pytest.raises(EngineError, match=r"neither a folder nor in .*hub; get it with `hf download stabilityai/sdxl"):
        inspect("stabilityai/sdxl-turbo")


def test_a_link_into_the_cache_without_its_blob_is_half_a_download(cached: Path) -> None:
    (cached / UNET).unlink()
    (cached / UNET).symlink_to("../../../../blobs/0123")
    with pytest.raises(EngineError, match="points to a file that is not there: the download did not finish"):
        inspect(SD_TURBO)


def test_weights_that_only_change_a_model_are_refused_with_what_to_ask_for() -> None:
    with pytest.raises(EngineError, match=r"changes a model, it is none; use stabilityai/.* euler-trailing"):
        inspect("ByteDance/SDXL-Lightning")
