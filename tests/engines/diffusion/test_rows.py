"""Which frame is drawn in which batch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tinyfilms import spec

from engines.diffusion.rows import Row, batches, shots
from engines.diffusion.session import Moment

buckets = st.sets(st.sampled_from([2, 3, 4, 8]), max_size=3).map(lambda sizes: (1, *sorted(sizes)))


def rows_of(films: list[int], cuts: frozenset[int] = frozenset()) -> list[Row]:
    """A row for each number, which says whose film it is; the rows at `cuts` begin a shot."""
    sessions: dict[int, Any] = {}
    shot: dict[int, int] = {}
    rows = []
    for n, film in enumerate(films):
        session = sessions.setdefault(film, SimpleNamespace(name=film))
        shot[film] = shot.get(film, 0) + (n in cuts)
        rows.append(Row(session, spec(shot=shot[film], t=float(n)), Moment(), n in cuts, None, None, None))  # type: ignore[arg-type]
    return rows


@given(st.lists(st.integers(0, 3), max_size=40), buckets, st.booleans())
def test_every_frame_is_drawn_once_and_nothing_for_nothing(films, sizes, chained):
    rows = rows_of(films)
    drawn = batches(rows, sizes, chained=chained)
    assert sorted(row.spec.t for batch in drawn for row in batch) == [row.spec.t for row in rows]
    assert all(len(batch) in sizes for batch in drawn)


@given(st.lists(st.integers(0, 3), max_size=40), buckets, st.booleans())
def test_the_frames_of_a_film_stay_in_order(films, sizes, chained):
    order = [row for batch in batches(rows_of(films), sizes, chained=chained) for row in batch]
    for film in set(films):
        times = [row.spec.t for row in order if row.session.name == film]
        assert times == sorted(times)


@given(st.lists(st.integers(0, 3), max_size=40), buckets)
def test_a_frame_that_needs_the_latent_before_it_waits_for_its_batch(films, sizes):
    for batch in batches(rows_of(films), sizes, chained=True):
        assert len({id(row.session) for row in batch}) == len(batch)


def test_frames_of_one_film_share_a_batch_where_nothing_speaks_against_it():
    assert [len(batch) for batch in batches(rows_of([0] * 7), (1, 2, 4, 8), chained=False)] == [4, 2, 1]
    assert [len(batch) for batch in batches(rows_of([0] * 3), (1, 2, 4, 8), chained=True)] == [1, 1, 1]
    assert [len(batch) for batch in batches(rows_of([0, 1, 0, 1, 2]), (1, 2, 4, 8), chained=True)] == [2, 1, 2]


def test_a_shot_is_named_by_its_film_and_number():
    names, first = shots(rows_of([0, 1, 0, 0, 1], frozenset({3})))
    assert [names.index(name) for name in names] == [0, 1, 0, 3, 1]
    assert sorted(first.values()) == [0, 1, 3]
