"""Ids are UUIDv7, unique and in order of creation."""

import os
import time
from threading import Thread
from uuid import RFC_4122, UUID

import pytest
from stario.telemetry import ids
from stario.telemetry.ids import id_text, new_id


def test_an_id_is_a_uuid_of_version_7_with_the_time_in_front() -> None:
    before = time.time_ns() // 1_000_000
    number = new_id()
    after = time.time_ns() // 1_000_000
    uuid = UUID(int=number)
    assert (uuid.version, uuid.variant) == (7, RFC_4122)
    assert before <= number >> 80 <= after


def test_ids_increase_across_milliseconds() -> None:
    numbers = [new_id() for _ in range(20_000)]
    assert numbers == sorted(set(numbers))
    assert {UUID(int=n).version for n in numbers} == {7}


def test_the_lower_halves_are_span_ids_of_the_wire_never_zero_and_in_order() -> None:
    """They count on through the milliseconds, as the ids do."""
    halves = [new_id() & (1 << 64) - 1 for _ in range(20_000)]
    assert halves == sorted(set(halves))
    assert {half >> 62 for half in halves} == {0b10}


def test_ids_increase_while_the_clock_runs_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    first = new_id()
    monkeypatch.setattr(ids, "time_ns", lambda: now - 3_600 * 10**9)
    assert first < new_id() < new_id()


def test_threads_never_share_an_id() -> None:
    found: list[list[int]] = []
    threads = [
        Thread(target=lambda: found.append([new_id() for _ in range(5_000)])) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(numbers == sorted(numbers) for numbers in found)
    assert len({n for numbers in found for n in numbers}) == 10_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_draws_other_ids() -> None:
    """Two processes in the same millisecond would otherwise count from the same start."""
    new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().to_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int.from_bytes(os.read(reading, 16))
    os.close(reading)
    os.close(writing)
    mine = new_id()
    assert abs((theirs & (1 << 61) - 1) - (mine & (1 << 61) - 1)) > 1_000


@pytest.mark.parametrize("number", [0, 1, 2**128 - 1, 0x0123456789ABCDEF << 61])
def test_the_text_of_an_id_is_that_of_its_uuid(number: int) -> None:
    assert id_text(number) == str(UUID(int=number))
