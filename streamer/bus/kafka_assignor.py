"""How the members of a group divide the partitions among themselves: `share`, spoken in Kafka's group protocol.

aiokafka's own sticky assignor keeps its memory in the class, so that two members in one process overwrite each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

from .sharing import share


class SharingAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """One per member. Each tells what it has; the group's leader, whoever that is, shares out the partitions."""

    name = "streamer-share"
    version = 0

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._owned: list[int] = []

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        return ConsumerProtocolMemberMetadata(self.version, list(topics), msgspec.json.encode(self._owned))

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        self._owned = [place.partition for place in assignment.partitions()]

    def assign(
        self, cluster: Any, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        names = sorted(members)
        topic = next(topic for name in names for topic in members[name].subscription)
        shares = share([_claim(members[name].user_data) for name in names], self._partitions)
        return {
            name: ConsumerProtocolMemberAssignment(self.version, [(topic, sorted(wanted))], b"")
            for name, wanted in zip(names, shares, strict=True)
        }


def _claim(user_data: bytes) -> set[int]:
    """What a member says that it had; nothing, if it does not speak our way."""
    try:
        claim: Collection[int] = msgspec.json.decode(user_data, type=list[int])
    except (msgspec.MsgspecError, TypeError):
        return set()
    return set(claim)
