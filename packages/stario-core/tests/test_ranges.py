"""Ranges and dates: what is read from a header, and what is not."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stario.staticassets.dates import format_http_date, parse_http_date
from stario.staticassets.ranges import UNSATISFIABLE, ByteRange, Unsatisfiable, parse_range


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-9", (0, 9)),
        ("bytes=2-4", (2, 4)),
        ("bytes=5-", (5, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-10", (0, 9)),
        ("bytes=-99", (0, 9)),
        ("bytes=5-99", (5, 9)),
        ("BYTES=5-6", (5, 6)),
        ("bytes= 5-6 ", (5, 6)),
        ("bytes=,5-6,", (5, 6)),
        ("bytes=0000000000000000000000005-06", (5, 6)),
        ("bytes=5-" + "9" * 5000, (5, 9)),
        ("bytes=-" + "9" * 5000, (0, 9)),
    ],
)
def test_one_range_of_ten_bytes_is(value: str, wanted: tuple[int, int]) -> None:
    part = parse_range(value, 10)
    assert part == ByteRange(*wanted)
    assert isinstance(part, ByteRange)
    assert part.length == wanted[1] - wanted[0] + 1


@pytest.mark.parametrize(
    "ranges",
    [
        "",
        ",",
        "-",
        "--1",
        "-0",
        "10-",
        "10-20",
        "5-4",
        "a-b",
        "1-2-3",
        "1",
        "+1-2",
        "1-+2",
        "1 - 2",
        "0x1-2",
        "1_0-",
        "0-1,2-3",
        "0-1,0-1",
        "٠-٥",
        "0-²",
        "9" * 5000 + "-",
    ],
)
def test_several_ranges_junk_and_what_lies_outside_cannot_be_satisfied(ranges: str) -> None:
    assert parse_range(f"bytes={ranges}", 10) is UNSATISFIABLE


@pytest.mark.parametrize("value", ["items=0-5", "", "=", "=0-5", "bytes", "0-5", "bytesx=0-5"])
def test_another_unit_is_ignored(value: str) -> None:
    assert parse_range(value, 10) is None


@pytest.mark.parametrize("ranges", ["0-", "-1", "0-0"])
def test_an_empty_file_has_no_range(ranges: str) -> None:
    assert parse_range(f"bytes={ranges}", 0) is UNSATISFIABLE


@given(st.one_of(st.text(), st.text("0123456789-, ").map("bytes=".__add__)), st.integers(0, 10**12))
@example("bytes=٣-٤", 10)
def test_a_range_lies_inside_the_file_or_is_none(value: str, size: int) -> None:
    part = parse_range(value, size)
    if part is not None and not isinstance(part, Unsatisfiable):
        assert 0 <= part.first <= part.last < size


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_a_range_cuts_what_a_slice_would(size: int, first: int, more: int) -> None:
    part = parse_range(f"bytes={first}-{first + more}", size)
    content = range(size)[first : first + more + 1]
    if content:
        assert isinstance(part, ByteRange)
        assert range(size)[part.first : part.last + 1] == content
    else:
        assert part is UNSATISFIABLE


@pytest.mark.parametrize("piece", ["9", ",", "-", "0-1,", " ", "0"])
def test_a_megabyte_of_junk_is_read_in_linear_time(piece: str) -> None:
    text = "bytes=" + piece * (1_000_000 // len(piece))
    start = time.process_time()
    parse_range(text, 10)
    assert time.process_time() - start < 2


NOVEMBER = 784111777  # 1994-11-06 08:49:37


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_three_forms_of_a_date_are_read(text: str) -> None:
    assert parse_http_date(text) == NOVEMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "784111777",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT junk",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, ٠6 Nov 1994 08:49:37 GMT",
        "Sun Nov   08:49:37 1994",
        "1994-11-06T08:49:37Z",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_http_date(text) is None


@given(st.integers(0, 4102444799))
def test_a_written_date_is_read_back(seconds: int) -> None:
    assert parse_http_date(format_http_date(seconds)) == seconds


@given(
    st.from_regex(
        r"Sun, [0-9]{2} (Jan|Feb) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT", fullmatch=True
    )
)
def test_what_looks_like_a_date_is_one_or_none(text: str) -> None:
    seconds = parse_http_date(text)
    if seconds is not None:
        assert time.strftime("%d %b", time.gmtime(seconds)) == text[5:11]
