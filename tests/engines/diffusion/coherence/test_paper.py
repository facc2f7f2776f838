"""DirecT2V offline: one noise, a lone first frame, then all frames together, each reading one in turns."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from diffusers import DDIMScheduler, PNDMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor2_0

from engines.diffusion.coherence.paper import Denoise, direct, rotated, shared
from engines.diffusion.coherence.rotation import reference
from engines.diffusion.networks import Denoiser

TRAINED = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
Scheduler = DDIMScheduler | PNDMScheduler


def ddim(steps: int) -> DDIMScheduler:
    schedule = DDIMScheduler(clip_sample=False, set_alpha_to_one=False, **TRAINED)
    schedule.set_timesteps(steps)
    return schedule


def pndm(steps: int) -> PNDMScheduler:
    schedule = PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **TRAINED)
    schedule.set_timesteps(steps)
    return schedule


def noise(frames: int, side: int = 8) -> torch.Tensor:
    return torch.randn(frames, 4, side, side, generator=torch.Generator().manual_seed(4))


class Watched:
    """A denoiser that finds a part of what it is given, each frame for itself, and notes when it was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int, int | None]] = []  # timestep, frames, s
        self.given: list[torch.Tensor] = []

    def __call__(self, latents: torch.Tensor, t: torch.Tensor, frames: Sequence[int], s: int | None) -> torch.Tensor:
        self.calls.append((int(t), len(frames), s))
        self.given.append(latents)
        return 0.3 * torch.tanh(latents)


@pytest.mark.parametrize(("schedule", "evaluations"), [(ddim(100), 100), (pndm(100), 101)])
def test_the_first_frame_goes_ahead_alone_and_then_all_go_together(schedule: Scheduler, evaluations: int) -> None:
    watched = Watched()

    direct(watched, schedule, noise(8))

    alone = [t for t, frames, s in watched.calls if frames == 1 and s is None]
    together = [(t, s) for t, frames, s in watched.calls if frames == 8]
    assert alone[-5:] == [951, 941, 931, 921, 911]
    assert len(alone) == evaluations - 96 + 5
    assert together == [(951 - 10 * s, s) for s in range(96)]
    turns = [reference(s, 8) for _, s in together]
    assert all(turns[n : n + 4] == [turns[n]] * 4 for n in range(0, 96, 4))
    assert [turns.count(frame) for frame in range(8)] == [12] * 8


def test_frames_part_with_583_thousandths_of_their_variance_in_common() -> None:
    watched, schedule = Watched(), ddim(100)

    a = shared(schedule.alphas_cumprod)
    direct(watched, schedule, noise(8, side=64))

    assert a == pytest.approx(0.583, abs=0.0005)
    assert a == pytest.approx(torch.prod(schedule.alphas[901:951]).item(), rel=1e-5)
    first = next(n for n, (_, frames, _) in enumerate(watched.calls) if frames == 8)
    parted = watched.given[first]
    own = noise(8, side=64)
    ahead = (parted[1] - (1 - a) ** 0.5 * own[1]) / a**0.5  # x_T0
    for n in range(2, 8):
        assert torch.allclose(parted[n], a**0.5 * ahead + (1 - a) ** 0.5 * own[n], atol=1e-5)
        told = torch.corrcoef(torch.stack([parted[1].flatten(), parted[n].flatten()]))[0, 1]
        expected = a * ahead.var() / (a * ahead.var() + 1 - a)
        assert told.item() == pytest.approx(expected.item(), abs=0.03)


def test_what_a_multistep_scheduler_remembers_is_that_of_the_step_where_frames_part() -> None:
    """A frame that reads no other is drawn as if the others were not there."""
    alone = direct(Watched(), pndm(100), noise(1))
    among = direct(Watched(), pndm(100), noise(3))

    assert torch.allclose(among[:1], alone, atol=1e-6)


def test_timesteps_that_the_schedule_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match=r"901 and 951, .* schedule's 30 \(958 … 1\): ask it for 100 steps"):
        direct(Watched(), ddim(30), noise(2))


@pytest.fixture(scope="module")
def unet(tiny: Callable[[str], Path]) -> UNet2DConditionModel:
    return UNet2DConditionModel.from_pretrained(tiny("sd15") / "unet").eval()


def texts(frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(6)
    return torch.randn(frames, 77, 32, generator=generator), torch.randn(1, 77, 32, generator=generator)


def denoise(unet: UNet2DConditionModel, frames: int, *, guidance: float = 3.0, filtering: float = 0.0) -> Denoise:
    said, negative = texts(frames)
    return rotated(Denoiser(unet, layers="fine", sources=1, filtering=filtering), said, negative, guidance, delta=4)


@torch.no_grad()
def test_a_clip_of_one_frame_is_ordinary_ddim(unet: UNet2DConditionModel) -> None:
    told = direct(denoise(unet, 1), ddim(20), noise(1))

    schedule, latents, (said, negative) = ddim(20), noise(1), texts(1)
    unet.set_attn_processor(AttnProcessor2_0())
    for t in schedule.timesteps:
        without, within = unet(torch.cat([latents] * 2), t, torch.cat([negative, said])).sample.chunk(2)
        latents = schedule.step(without + 3.0 * (within - without), t, latents).prev_sample

    assert (told - latents).abs().max() <= 1e-4


@torch.no_grad()
def test_at_every_step_all_frames_read_the_one_whose_turn_it_is(unet: UNet2DConditionModel) -> None:
    step, latents, t = denoise(unet, 3), noise(3), torch.tensor(501)
    for s in (0, 5, 11):
        turn = reference(s, 3)
        told = step(latents, t, range(3), s)
        for changed in range(3):
            others = latents.clone()
            others[changed] += 1.0
            seen = step(others, t, range(3), s)
            for frame in {0, 1, 2} - {changed}:
                assert torch.equal(seen[frame], told[frame]) == (changed != turn)


@torch.no_grad()
def test_a_clip_with_and_without_filtering(unet: UNet2DConditionModel) -> None:
    three = noise(3)
    clip = direct(denoise(unet, 3), ddim(10), three, prelude=(801, 901))
    filtered = direct(denoise(unet, 3, filtering=0.25), ddim(10), three, prelude=(801, 901))
    for_themselves = torch.cat([direct(denoise(unet, 1), ddim(10), each[None], prelude=(801, 901)) for each in three])

    def apart(frames: torch.Tensor) -> float:
        return (frames[1:] - frames[:-1]).abs().mean().item()

    assert torch.isfinite(filtered).all()
    assert not torch.equal(clip, filtered)
    assert max(apart(clip), apart(filtered)) < apart(for_themselves)
