"""Which member owns which partition: the one rule, for both buses."""

from __future__ import annotations

from collections.abc import Sequence, Set


def share(owned: Sequence[Set[int]], partitions: int) -> list[set[int]]:
    """Even to within one, and moving as few as possible.

    `owned` is what each member has now (where two claim the same partition, the first keeps it); the result has one
    set for each member, together 0..partitions-1.
    """
    quota, extra = divmod(partitions, len(owned))
    # Those who have most keep the odd ones: nothing moves between members only to even out a remainder.
    ranking = sorted(range(len(owned)), key=lambda member: -len(owned[member]))
    room = {member: quota + (rank < extra) for rank, member in enumerate(ranking)}
    free = set(range(partitions))
    shares: list[set[int]] = []
    for member, had in enumerate(owned):
        kept = set(sorted(had & free)[: room[member]])
        free -= kept
        shares.append(kept)
    left = sorted(free)
    for member, kept in enumerate(shares):
        missing = room[member] - len(kept)
        kept.update(left[:missing])
        del left[:missing]
    return shares
