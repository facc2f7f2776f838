"""The judge: which of the world's nouns and colours does a picture show? A small classifier, trained on sketches.

It looks at 32x32 pixels, means of 4x4: what is there and in which colour, not how sharp it is. Its scenes are others
than those the model learned from, with one thing each. What it says of sketches it has not seen is the ceiling of what
it can say of generated pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .pace import Pace
from .pictures import Pictures
from .world import COLOURS, NOUNS, PLACES, TIMES, Scene

BATCH = 64
RATE = 3e-3
SCALE = 4  # pixels of a side that are one for it


class Judge(nn.Module):
    """[B, 3, 32, 32] → scores of nouns [B, 12] and of colours [B, 8]"""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        widths = (3, 24, 48, 96)
        layers: list[nn.Module] = []
        for before, after in zip(widths, widths[1:], strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(96 * 16, 96), nn.ReLU())
        self.noun = nn.Linear(96, len(NOUNS))
        self.colour = nn.Linear(96, len(COLOURS))

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        found = self.body(seen)
        return self.noun(found), self.colour(found)


def clear(scene: Scene) -> bool:
    """Whether there is one answer: one thing, of a colour that is said."""
    return len(scene.things) == 1 and bool(scene.things[0].colour)


def seen(pictures: Pictures) -> Tensor:
    """uint8 [B, 128, 128, 3] → what the judge looks at, [B, 3, 32, 32] in -1..1"""
    count, height, width, colours = pictures.shape
    cut = pictures.reshape(count, height // SCALE, SCALE, width // SCALE, SCALE, colours)
    return torch.from_numpy(cut.mean(axis=(2, 4), dtype=np.float32) / 127.5 - 1.0).permute(0, 3, 1, 2).contiguous()


def answers(scenes: Sequence[Scene]) -> tuple[Tensor, Tensor]:
    """What is right: numbers in NOUNS and in COLOURS, [B] each."""
    things = [scene.things[0] for scene in scenes]
    return (
        torch.tensor([NOUNS.index(thing.noun) for thing in things]),
        torch.tensor([COLOURS.index(thing.colour) for thing in things]),
    )


def train(pictures: Pictures, scenes: Sequence[Scene], pace: Pace, say: Callable[[str], None]) -> Judge:
    """Learn from sketches; each is moved by up to 2 of the judge's pixels and blurred or not, as it comes."""
    judge = Judge()
    looks, (nouns, colours) = seen(pictures), answers(scenes)
    optimiser = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=1e-2)
    draw = torch.Generator().manual_seed(4)
    for number in pace.steps():
        pace.set_rate(optimiser, RATE)
        chosen = torch.randint(len(looks), (BATCH,), generator=draw)
        y, x, blurred = torch.randint(0, 5, (3,), generator=draw).tolist()
        given = functional.pad(looks[chosen], (2, 2, 2, 2), mode="replicate")[..., y : y + 32, x : x + 32]
        if blurred < 2:
            given = functional.avg_pool2d(given, 3, stride=1, padding=1, count_include_pad=False)
        given = given + 0.05 * torch.randn(given.shape, generator=draw)
        noun, colour = judge(given)
        loss = functional.cross_entropy(noun, nouns[chosen]) + functional.cross_entropy(colour, colours[chosen])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if pace.tells(number):
            say(f"judge {pace} loss {loss.item():.3f}")
    return judge.eval()


@torch.no_grad()
def agreement(judge: Judge, pictures: Pictures, scenes: Sequence[Scene]) -> tuple[float, float, float]:
    """Parts of the pictures whose noun, whose colour, and of which both are what was asked for. 1/12 and 1/8 are
    luck."""
    said, right = judge(seen(pictures)), answers(scenes)
    noun, colour = (given.argmax(dim=1) == wanted for given, wanted in zip(said, right, strict=True))
    return noun.float().mean().item(), colour.float().mean().item(), (noun & colour).float().mean().item()


def backgrounds(pictures: Pictures, scenes: Sequence[Scene]) -> Tensor:
    """The mean picture of each place at each time, 8x8 pixels: [7·3, 192]"""
    small = functional.avg_pool2d(seen(pictures), 4).flatten(1)
    numbers = torch.tensor([_where(scene) for scene in scenes])
    sums = torch.zeros(len(PLACES) * len(TIMES), small.shape[1]).index_add(0, numbers, small)
    return sums / torch.bincount(numbers, minlength=len(sums)).clamp(min=1)[:, None]


def surroundings(means: Tensor, pictures: Pictures, scenes: Sequence[Scene]) -> tuple[float, float]:
    """Parts of the pictures nearest to a mean of the place that was asked for, and of the time. 1/7 and 1/3 are luck.
    In space it is always night: such pictures do not count for the time."""
    small = functional.avg_pool2d(seen(pictures), 4).flatten(1)
    found = torch.cdist(small, means).argmin(dim=1)
    wanted = torch.tensor([_where(scene) for scene in scenes])
    outside = torch.tensor([scene.place != "space" for scene in scenes])
    place = found // len(TIMES) == wanted // len(TIMES)
    time = (found % len(TIMES) == wanted % len(TIMES))[outside]
    return place.float().mean().item(), time.float().mean().item()


def _where(scene: Scene) -> int:
    return PLACES.index(scene.place) * len(TIMES) + TIMES.index(scene.time)
