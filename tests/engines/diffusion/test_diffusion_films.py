"""Films of the diffusion engine: batches, memory, cuts, and what happens when a frame goes wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tinyfilms import SIDE, drawn, engine_of, film, shot_of, spec

from engines.base import MAX_SNAPSHOT, Box, Figure, Shot
from engines.errors import EngineError, NotDrawn

EVERYTHING = ("joint", "pan", "slerp", "bank", "feedback", "gates")
SETS = [
    (), ("joint",), ("joint", "pan", "slerp"), ("joint", "bank"), ("bank", "filter"), ("feedback",), ("joint", "gates"),
    EVERYTHING,
]  # fmt: skip

ROUNDING = 2
"""Grey levels of 255 by which a frame may differ when it is drawn in another batch: sums in another order."""


def story(count: int, *, shot: int = 0, seed: int = 3) -> list:
    """A film with a camera that pans, a figure that walks, and words that change half way."""
    specs = []
    for n in range(count):
        second = n >= count // 2
        figure = Figure("a", "fox", "red", "running", Box(0.1 + 0.02 * n, 0.5, 0.3, 0.3), (0.5, 0.0))
        specs.append(
            replace(
                spec(
                    "a fox sleeps at night" if second else "a red fox runs",
                    previous="a red fox runs",
                    mix=(n - count // 2) / count if second else 1.0,
                    x=0.03 * n,
                    t=n / 24,
                    figures=(figure,),
                ),
                shot=shot,
                seed=seed,
            )
        )
    return specs


@pytest.mark.parametrize("coherence", SETS, ids=lambda names: "+".join(names) or "off")
def test_films_drawn_together_are_what_they_are_alone(tiny, coherence):
    with engine_of(tiny("sd-turbo"), coherence=coherence) as engine:
        one, other = story(4), story(4, seed=9)
        alone = [drawn(engine, film(engine, "a"), one), drawn(engine, film(engine, "b"), other)]
        first, second = film(engine, "a"), film(engine, "b")
        jobs = [job for pair in zip(one, other, strict=True) for job in ((first, pair[0]), (second, pair[1]))]
        together = np.stack(engine.render(jobs)).astype(np.int16)
    assert np.abs(together[0::2] - alone[0]).max() <= ROUNDING
    assert np.abs(together[1::2] - alone[1]).max() <= ROUNDING
    assert np.abs(alone[0] - alone[1]).max() > 10 * ROUNDING, "two films that look alike would prove nothing"


@pytest.mark.parametrize("coherence", [("joint", "bank"), ("rotation",), EVERYTHING], ids="+".join)
def test_with_guidance_and_several_steps_too(tiny, coherence):
    with engine_of(tiny("sd15"), coherence=coherence, steps=3, guidance=5.0) as engine:
        alone = drawn(engine, film(engine), story(5))
        together = drawn(engine, film(engine), story(5), at_once=5)
    assert np.abs(together - alone).max() <= ROUNDING


def test_a_bank_of_frames_before_changes_the_picture(tiny):
    with engine_of(tiny("sd-turbo"), coherence=("bank",)) as banked, engine_of(tiny("sd-turbo")) as plain:
        with_bank, without = (drawn(engine, film(engine), shot_of(3)) for engine in (banked, plain))
    assert np.abs(with_bank[0] - without[0]).max() <= ROUNDING, "the first frame has nothing to read but itself"
    assert np.abs(with_bank[1] - without[1]).max() > ROUNDING


@pytest.mark.parametrize("coherence", [("joint", "bank"), ("rotation",), EVERYTHING], ids="+".join)
def test_a_cut_forgets_everything(tiny, coherence):
    with engine_of(tiny("sd-turbo"), coherence=coherence, steps=2) as engine:
        fresh = drawn(engine, film(engine), story(3, shot=1, seed=5))
        session = film(engine)
        drawn(engine, session, story(4))
        after = drawn(engine, session, story(3, shot=1, seed=5))
        session = film(engine)
        across = drawn(engine, session, [*story(2), *story(3, shot=1, seed=5)], at_once=5)[2:]
    assert np.array_equal(after, fresh)
    assert np.abs(across - fresh).max() <= ROUNDING


@pytest.mark.parametrize("asleep", [False, True], ids=["walking", "asleep"])
@pytest.mark.parametrize("coherence", [("joint", "pan", "slerp"), ("joint", "feedback", "gates")], ids="+".join)
def test_a_restored_film_goes_on_to_the_bit(tiny, coherence, asleep):
    with (
        engine_of(tiny("sd-turbo"), coherence=coherence) as engine,
        engine_of(tiny("sd-turbo"), coherence=coherence) as other,
    ):
        specs = story(9)
        if asleep:  # where nothing moves the frame before shows through
            specs = [replace(each, figures=specs[0].figures) for each in specs]
        session = film(engine)
        drawn(engine, session, specs[:5])
        snapshot = session.snapshot()
        successor = film(other)
        successor.restore(snapshot)
        assert np.array_equal(drawn(other, successor, specs[5:]), drawn(engine, session, specs[5:]))


@pytest.mark.parametrize(
    ("kind", "options"), [("sd-turbo", {}), ("sd-turbo", {"steps": 4}), ("sd15", {"steps": 3, "guidance": 5.0})]
)
def test_a_bank_is_drawn_again_from_the_latents(tiny, kind, options):
    def distance(a, b):
        return np.abs(a - b).mean()

    with engine_of(tiny(kind), coherence=("joint", "bank"), **options) as engine:
        specs = story(8)
        session = film(engine)
        drawn(engine, session, specs[:6])
        successor, beginner = film(engine), film(engine)
        successor.restore(session.snapshot())
        went_on = drawn(engine, session, specs[6:])
        restored = drawn(engine, successor, specs[6:])
        anew = drawn(engine, beginner, specs[6:])
    assert distance(restored, went_on) < 1.0, "grey levels"
    assert distance(restored, went_on) < distance(anew, went_on) / 3


def test_a_bank_after_the_first_frame_is_drawn_again_exactly(tiny):
    with engine_of(tiny("sd-turbo"), coherence=("joint", "bank")) as engine:
        session, successor = film(engine), film(engine)
        drawn(engine, session, story(4)[:1])
        successor.restore(session.snapshot())
        assert np.abs(drawn(engine, successor, story(4)[1:]) - drawn(engine, session, story(4)[1:])).max() <= ROUNDING


def test_a_snapshot_is_small_and_one_of_something_else_is_a_new_beginning(tiny, caplog):
    with engine_of(tiny("sd-turbo"), coherence=EVERYTHING) as engine, engine_of(tiny("sd15"), steps=1) as another:
        session = film(engine)
        assert session.snapshot() == b""
        fresh = drawn(engine, session, story(3))
        snapshot = session.snapshot()
        assert 2 * 4 * 8 * 8 * 2 < len(snapshot) < 2_000 <= MAX_SNAPSHOT
        for wrong in (b"nonsense", snapshot[:-1], b"{}\n", snapshot.replace(b'"version": 1', b'"version": 9')):
            successor = film(engine)
            successor.restore(wrong)
            assert np.array_equal(drawn(engine, successor, story(3)), fresh)
        stranger = film(another)
        stranger.restore(snapshot)
        assert stranger.moment.number < 0
    assert "begins anew" in caplog.text


@pytest.fixture
def breaking():
    """Makes the next `n` frames that an engine draws not finite, by the noise that they begin with."""

    def broken(engine, monkeypatch, which):
        from engines.diffusion import rows

        real, count = rows._noise, iter(range(1000))

        def noise(*args):
            told = real(*args)
            return torch.full_like(told, float("nan")) if next(count) in which else told

        monkeypatch.setattr(rows, "_noise", noise)

    return broken


def test_a_frame_that_is_not_finite_repeats_the_one_before_and_is_counted(tiny, monkeypatch, breaking):
    with engine_of(tiny("sd-turbo"), coherence=EVERYTHING) as engine:
        breaking(engine, monkeypatch, {3})
        session = film(engine)
        pictures = drawn(engine, session, story(6))
    assert np.array_equal(pictures[3], pictures[2])
    assert not np.array_equal(pictures[4], pictures[3]), "the film goes on, without what was broken"
    assert (pictures.std(axis=(1, 2, 3)) > 1).all(), "no black frame"
    assert engine.counts() == {"repeated": 1}


@pytest.mark.parametrize("coherence", [("joint", "feedback"), EVERYTHING], ids="+".join)
def test_a_frame_that_is_not_finite_harms_no_other(tiny, monkeypatch, breaking, coherence):
    with engine_of(tiny("sd-turbo"), coherence=coherence) as engine:
        breaking(engine, monkeypatch, {4})
        session = film(engine)
        pictures = drawn(engine, session, story(10), at_once=2)
        assert engine.counts()["repeated"] <= 2, "of the call with the broken frame"
        assert not np.array_equal(pictures[-1], pictures[-2])
        assert drawn(engine, film(engine, "other"), story(3)).std() > 1


def test_a_film_that_cannot_begin_does_not_move_the_others_on(tiny, monkeypatch, breaking):
    with engine_of(tiny("sd-turbo"), coherence=("joint", "bank")) as engine:
        session = film(engine)
        drawn(engine, session, story(3))
        before = session.moment
        breaking(engine, monkeypatch, {0})
        with pytest.raises(NotDrawn, match="bad: the first frame is not finite"):
            engine.render([(session, story(4)[3]), (film(engine, "bad"), spec())])
        assert session.moment == before


def test_a_model_that_draws_one_colour_is_refused(tiny, monkeypatch):
    def grey(self, latent):
        return (latent.new_zeros(len(latent), 3, SIDE, SIDE),)

    monkeypatch.setattr("engines.diffusion.networks.Decoder.forward", grey)
    with pytest.raises(EngineError, match="pictures of one colour"), engine_of(tiny("sd-turbo")):
        pass


def test_a_film_whose_first_frame_is_not_finite_is_not_drawn(tiny, monkeypatch, breaking):
    with engine_of(tiny("sd-turbo")) as engine:
        breaking(engine, monkeypatch, {0})
        session = film(engine)
        with pytest.raises(NotDrawn, match="main: the first frame is not finite"):
            engine.render([(session, spec())])
        assert drawn(engine, session, story(1)).std() > 1


def test_a_batch_is_filled_exactly(tiny):
    with engine_of(tiny("sd-turbo")) as engine:
        assert len(engine.render([(film(engine, f"s{n}"), spec()) for n in range(7)])) == 7
        assert engine.render([]) == []


def test_another_size_and_too_many_films_are_refused(tiny):
    with engine_of(tiny("sd-turbo"), sessions=2) as engine:
        with pytest.raises(ValueError, match=f"32x32: this engine was made ready for {SIDE}x{SIDE}"):
            engine.open(Shot("main", 32, 32))
        first, _ = film(engine, "a"), film(engine, "b")
        with pytest.raises(ValueError, match="2 films are open"):
            film(engine, "c")
        first.close()
        first.close()
        with pytest.raises(TypeError, match="closed"):
            engine.render([(first, spec())])
        assert drawn(engine, film(engine, "c"), story(1)).std() > 1


def test_a_prompt_is_encoded_once(tiny):
    with engine_of(tiny("sd-turbo"), coherence=("slerp",)) as engine:
        before = engine.encoded
        drawn(engine, film(engine), story(8))
        assert engine.encoded - before == 2
