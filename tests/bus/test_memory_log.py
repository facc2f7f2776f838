"""A log is a bounded list with offsets; hypothesis compares it with a plain list that forgets nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamer.bus.base import Received
from streamer.bus.memory_log import Log, LogReader
from streamer.topics import DIRECTOR_STATE

MARK = "mark"  # the end of a transaction: a hole of one offset
Step = tuple[bytes, int | None] | str  # (key, bytes of the value or None) or MARK
steps = st.lists(
    st.one_of(
        st.just(MARK), st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.one_of(st.none(), st.integers(0, 3000)))
    ),
    max_size=120,
)


def record(offset: int, key: bytes, size: int | None) -> Received:
    value = None if size is None else b"%d " % offset + bytes(size)
    return Received(DIRECTOR_STATE, 0, offset, key, value, (), 0.0)


def write(log: Log, history: list[Step]) -> list[Received]:
    """Do `history` to the log; returns every record that was ever appended."""
    written = []
    for step in history:
        if isinstance(step, str):
            log.mark()
        else:
            written.append(record(log.end, *step))
            log.append(written[-1])
    return written


def read_all(log: Log, position: int, max_bytes: int = 5000) -> list[Received]:
    found: list[Received] = []
    while True:
        batch, position = log.read(position, max_bytes)
        if not batch:
            assert position == log.end
            return found
        found += batch


@given(steps)
def test_a_roomy_log_gives_back_everything_in_order_from_any_position(history):
    log = Log(compact=False, max_bytes=1 << 30)
    written = write(log, history)
    for position in range(log.end + 1):
        assert read_all(log, position) == [r for r in written if r.offset >= position]


@given(steps, st.integers(1, 20_000))
def test_a_capped_log_keeps_the_newest_records_within_its_bytes(history, cap):
    log = Log(compact=False, max_bytes=cap)
    written = write(log, history)
    kept = read_all(log, 0)
    assert kept == written[len(written) - len(kept) :]
    assert log.bytes <= cap or len(kept) == 1
    assert log.start == (kept[0].offset if kept else log.end)
    if written:
        assert kept  # the newest record stays, however large it is


@given(steps)
def test_a_compacted_log_knows_the_newest_value_of_every_key(history):
    log = Log(compact=True, max_bytes=1 << 30)
    written = write(log, history * 4)
    newest = {r.key.decode(): r.value for r in written}
    assert log.newest() == {key: value for key, value in newest.items() if value is not None}


def test_a_compacted_log_does_not_grow_with_rewrites():
    log = Log(compact=True, max_bytes=1 << 30)
    for number in range(5000):
        log.append(record(log.end, b"abc"[number % 3 : number % 3 + 1], 1000))
        assert log.bytes < 200_000
    assert len(read_all(log, 0)) < 150
    assert log.end == 5000


def test_a_reader_that_is_overtaken_by_compaction_still_sees_the_newest_of_each_key():
    log = Log(compact=True, max_bytes=1 << 30)
    log.append(record(log.end, b"a", 10))
    reader = LogReader({0: log}, {0: 0})
    for _ in range(1000):
        log.append(record(log.end, b"b", 1000))
    seen = {r.key: r.offset for _ in range(100) for r in reader.take()}
    assert seen == {b"a": 0, b"b": 1000}
    assert reader.caught_up


def test_a_tombstone_outlives_one_squeeze_so_that_readers_hear_of_it():
    log = Log(compact=True, max_bytes=1 << 30)
    log.append(record(log.end, b"a", 10))
    log.append(record(log.end, b"a", None))
    sizes = []
    while len(sizes) < 2:
        before = log.bytes
        log.append(record(log.end, b"b", 1000))
        if log.bytes < before:
            sizes.append(sum(r.key == b"a" for r in read_all(log, 0)))
    assert sizes == [1, 0]
    assert "a" not in log.newest()


def test_a_reader_below_the_cap_goes_on_with_the_earliest_record_that_is_kept():
    log = Log(compact=False, max_bytes=10_000)
    reader = LogReader({0: log}, {0: 0})
    for _ in range(100):
        log.append(record(log.end, b"a", 1000))
    batch = reader.take()
    assert batch[0].offset == log.start > 0
    assert batch[-1].offset == 99


def test_readers_of_several_partitions_take_turns():
    logs = {partition: Log(compact=False, max_bytes=1 << 30) for partition in range(3)}
    for log in logs.values():
        for _ in range(10):
            log.append(record(log.end, b"a", 1000))
    reader = LogReader(logs, dict.fromkeys(logs, 0))
    assert not reader.caught_up
    batches = [reader.take(max_bytes=1) for _ in range(30)]
    assert [len(batch) for batch in batches] == [1] * 30
    assert reader.caught_up
