"""A crowd in front of a real broadcaster for some minutes, and that its witnesses would notice what goes wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tools.bench import crowd
from tools.bench.crowd.delays import Delays
from tools.bench.crowd.film import FPS, FRAMES, SIZES, Film, epoch, save, shoot
from tools.bench.crowd.judge import LEFT_OUT, open_judge
from tools.bench.crowd.witness import Ledger, Witness

MINUTES = float(os.environ.get("STREAMER_SOAK_MINUTES", "3"))


@pytest.fixture(scope="module")
def the_film() -> Film:
    return Film(tuple(shoot(size) for size in SIZES), born=1_000_000.0)


@pytest.fixture
def reels_file(the_film: Film, tmp_path: Path) -> Path:
    (path := tmp_path / "reels").write_bytes(save(the_film.reels))
    return path


def told(witness: Witness, *numbers: int, film: Film) -> None:
    """A viewer is sent these frames, each new epoch announced and with its init segment first."""
    now = -1
    for n in numbers:
        if epoch(n) != now:
            witness.told("hello" if now < 0 else "epoch", now := epoch(n))
            witness.media(film.init(n).data)
        witness.media(film.chunk(n).data)


@pytest.mark.slow
@pytest.mark.timeout(60 * MINUTES + 600)
@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors by /proc")
def test_after_minutes_of_stalls_flapping_and_storms_nothing_is_corrupt_and_nothing_is_left():
    crowd.raise_file_limit()
    with asyncio.Runner() as runner:
        findings = runner.run(crowd.soak(crowd.options_of(["--minutes", str(MINUTES), "--storms", "45"])))
    crowd.report(findings)
    assert findings.broken == []
    assert findings.counts["corrupt runs"] == 0
    assert findings.kinds == {"reading": 240, "stalled": 30, "flapping": 30}
    assert findings.storms >= MINUTES * 60 // 45
    assert findings.counts.get(LEFT_OUT, 0) <= 0.01 * findings.counts["pictures"], "what is not decoded is not judged"
    if MINUTES >= 30:
        assert findings.growth < crowd.GROWTH
        assert findings.inside.at(0.99) < crowd.DELAY
    else:
        assert findings.growth < 0.15, "not the aim, which takes longer to see, but a leak would be more"


def test_a_film_goes_on_for_ever_and_every_frame_is_known(the_film):
    for n in (0, 1, FRAMES - 1, FRAMES, 7 * FRAMES + 100):
        assert the_film.number(the_film.chunk(n).data) == n
    assert the_film.chunk(FRAMES).seq == 0
    assert the_film.init(0).media.width != the_film.init(FRAMES).media.width


def test_a_witness_has_nothing_to_say_about_what_is_promised(the_film):
    ledger = Ledger()
    told(Witness("good", the_film, ledger), *range(48), *range(96, FRAMES + 30), *range(2 * FRAMES, 2 * FRAMES + 5),
         film=the_film)  # fmt: skip
    assert ledger.faults == []
    assert ledger.counts["runs"] == 3


@pytest.mark.parametrize(
    ("numbers", "fault"),
    [
        ([0, 1, 3], "frame 3 after 1: a hole that ends without a keyframe"),
        ([5], "frame 5 after -1"),
        ([0, 1, 1], "frame 1 after 1"),
        ([FPS, 0], "frame 0 after 24"),
    ],
)
def test_a_witness_notices_what_is_out_of_order(the_film, numbers, fault):
    ledger = Ledger()
    told(Witness("viewer", the_film, ledger), *numbers, film=the_film)
    assert any(fault in words for words in ledger.faults), ledger.faults


def test_a_witness_notices_a_wrong_byte_an_untold_epoch_and_a_missing_init_segment(the_film):
    ledger = Ledger()
    witness = Witness("viewer", the_film, ledger)
    told(witness, 0, film=the_film)
    broken = bytearray(the_film.chunk(1).data)
    broken[-1] ^= 1
    witness.media(bytes(broken))
    witness.media(the_film.chunk(FRAMES).data)
    faults = " ".join(ledger.faults)
    assert "differ from it" in faults
    assert f"frame {FRAMES} without its init segment" in faults
    assert f"frame {FRAMES} of epoch 2, told was 1" in faults


@pytest.mark.parametrize(("left_out", "corrupt"), [(None, 0), (30, 1)])
async def test_the_judge_decodes_every_picture_and_notices_one_that_is_wrong(the_film, reels_file, left_out, corrupt):
    ledger = Ledger()
    async with open_judge(reels_file, ledger) as judge:
        take = judge.of(7)
        for n in range(FRAMES + 10):
            # What is left out stays out in secret: the frame before is given for it.
            take(n, the_film.chunk(n - 1 if n == left_out else n).data, n == 0)
    assert ledger.counts["corrupt runs"] == corrupt
    assert ledger.counts["decoded runs"] == 1
    assert corrupt or ledger.counts["pictures"] == FRAMES + 10


def test_delays_are_counted_to_a_tenth_of_a_millisecond():
    delays = Delays()
    for step in range(1000):
        delays.add(step * 1e-3)
    assert delays.at(0.5) == pytest.approx(0.499, abs=2e-3)
    assert delays.at(0.99) == pytest.approx(0.989, abs=2e-3)
    assert delays.at(1.0) == pytest.approx(0.999, abs=2e-3)
    assert Delays(delays.plain()).steps == delays.steps
    assert Delays().at(0.99) == 0.0
