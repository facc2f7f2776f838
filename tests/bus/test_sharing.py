from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamer.bus.sharing import share

claims = st.lists(st.frozensets(st.integers(0, 11)), min_size=1, max_size=6)


@given(claims, st.integers(1, 10))
def test_every_partition_has_one_owner_and_the_load_is_even(owned, partitions):
    shares = share(owned, partitions)
    assert sorted(partition for kept in shares for partition in kept) == list(range(partitions))
    sizes = [len(kept) for kept in shares]
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(1, 6), st.integers(1, 12))
def test_an_even_division_stays_as_it_is(members, partitions):
    first = share([set()] * members, partitions)
    assert share(first, partitions) == first


def test_a_member_that_joins_gets_its_share_and_nobody_else_moves():
    before = share([set(), set()], 8)
    after = share([*before, set()], 8)
    assert len(after[2]) == 2
    assert all(new <= old for old, new in zip(before, after[:2], strict=True))


def test_what_a_member_leaves_behind_goes_to_the_others_and_nobody_else_moves():
    first, second, third = share([set(), set(), set()], 8)
    after = share([first, third], 8)
    assert first <= after[0]
    assert third <= after[1]
    assert second <= after[0] | after[1]


def test_where_two_claim_the_same_partition_one_of_them_keeps_it():
    assert share([{0, 1}, {0, 1}], 4) == [{0, 1}, {2, 3}]
