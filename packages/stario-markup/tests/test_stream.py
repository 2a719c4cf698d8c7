"""Chunks joined are what `render` writes; nothing is built before its chunk is asked for."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

import tracemalloc
from collections.abc import Callable, Generator, Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.markup import SafeString, baked, deferred, fragment, render, stream, svg
from stario.markup import html as h
from stario.markup.errors import StarioError


class Rows:
    """Rows that count how many were built, and note when they are closed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.built = 0
        self.closed = False

    def __iter__(self) -> Generator[SafeString]:
        try:
            for number in range(self.count):
                self.built += 1
                yield h.Li(number)
        finally:
            self.closed = True


class Vouched:
    def __html__(self) -> str:
        return "<hr/>"


def bytes_of(*nodes: Any, size: int = 16_384) -> bytes:
    return b"".join(stream(*nodes, size=size))


@pytest.mark.parametrize(
    ("make", "written"),
    [
        (lambda: (), ""),
        (lambda: (None, [], ""), ""),
        (lambda: ("a<b",), "a&lt;b"),
        (lambda: (h.P("é"), 1, 2.5, Decimal("1.0")), "<p>é</p>12.51.0"),
        (lambda: ([h.B(), ("x", {"y"})], Vouched()), "<b></b>xy<hr/>"),
        (lambda: ((n for n in "a&"), map(h.I, "b")), "a&amp;<i>b</i>"),
        (lambda: (h.P(deferred(["a", h.B()]), "z"),), "<p>a<b></b>z</p>"),
        (lambda: (fragment("a", deferred(iter("<b")), "c"),), "a&lt;bc"),
        (lambda: ([[deferred(lambda: "x")]], svg.Use(deferred([]))), "x<use></use>"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 16_384])
def test_the_chunks_are_what_render_writes(
    make: Callable[[], tuple[Any, ...]], written: str, size: int
) -> None:
    chunks = list(stream(*make(), size=size))
    assert b"".join(chunks) == render(*make()).encode() == written.encode()
    assert all(chunks)


@pytest.mark.parametrize(
    ("size", "chunks"),
    [
        (1, [b"aa", b"\xc3\xa9", b"b", b"<b>ccccc</b>"]),
        (2, [b"aa", b"\xc3\xa9", b"b<b>ccccc</b>"]),
        (3, [b"aa\xc3\xa9", b"b<b>ccccc</b>"]),
        (6, [b"aa\xc3\xa9b<b>ccccc</b>"]),
        (100, [b"aa\xc3\xa9b<b>ccccc</b>"]),
    ],
)
def test_a_chunk_ends_behind_the_text_that_fills_it(size: int, chunks: list[bytes]) -> None:
    assert list(stream("aa", "é", ["b"], h.B("ccccc"), size=size)) == chunks


def test_a_text_is_never_cut() -> None:
    text = "😀" * 1000
    assert list(stream(text, "x", size=3)) == [text.encode(), b"x"]


def test_only_what_a_chunk_needs_is_built() -> None:
    rows = Rows(1000)
    page = stream(h.HtmlDocument(h.Body(h.Ul({"id": "a"}, deferred(rows)))), size=100)
    assert rows.built == 0
    built: list[int] = []
    sizes: list[int] = []
    for chunk in page:
        built.append(rows.built)
        sizes.append(len(chunk))
    assert built[:3] == [7, 17, 27]  # 38 bytes before the first row, then 10 or 11 for each
    assert built[-1] == 1000
    assert max(sizes) < 120


@pytest.mark.parametrize(
    "around", [lambda rows: [[rows]], lambda rows: iter(([rows], "x")), deferred, fragment]
)
def test_iterables_are_walked_at_any_depth(around: Callable[[Any], Any]) -> None:
    rows = Rows(1000)
    node = around(deferred(rows) if around is fragment else rows)
    assert next(stream("x", node, size=11)) == b"x<li>0</li>"[:11]
    assert rows.built == 1


def test_deferred_children_may_defer_their_own() -> None:
    inner = [Rows(3), Rows(3)]
    page = stream(deferred(h.Ul(deferred(rows)) for rows in inner), size=1)
    assert next(page) == b"<ul>"
    assert next(page) == b"<li>0</li>"
    assert [rows.built for rows in inner] == [1, 0]
    assert (
        b"".join(page)
        == render(h.Li(1), h.Li(2)).encode() + b"</ul>" + render(h.Ul(Rows(3))).encode()
    )


def test_200_000_rows_are_never_in_memory() -> None:
    @baked
    def row(number: int) -> SafeString:
        return h.Tr(h.Td(number))

    tracemalloc.start()
    try:
        page = h.Table(deferred(row(n) for n in range(200_000)))
        length = sum(map(len, stream(page)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length > 4_000_000
    assert most < 500_000


def test_a_stream_that_is_closed_early_closes_what_it_walks() -> None:
    outer, inner = Rows(9), Rows(9)
    page = stream([outer, h.Ul(deferred(lambda: ([inner], "x")))], size=1)
    for _ in range(11):
        next(page)
    assert (outer.built, outer.closed, inner.built, inner.closed) == (9, True, 1, False)
    page.close()
    assert inner.closed
    assert list(page) == []


def test_a_stream_that_fails_closes_what_it_walks() -> None:
    def failing() -> Iterator[Any]:
        yield "x"
        yield True

    rows = Rows(3)
    around = (failing() if row == h.Li(1) else row for row in rows)
    with pytest.raises(StarioError):
        bytes_of(h.Ul(deferred(around)))
    assert (rows.built, rows.closed) == (2, True)


def test_a_file_is_not_closed_by_a_stream() -> None:
    class File:
        closed = False

        def __iter__(self) -> Iterator[str]:
            return self

        def __next__(self) -> str:
            return "line"

        def close(self) -> None:
            self.closed = True

    file = File()
    page = stream(file, size=1)
    next(page)
    page.close()
    assert not file.closed


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "1", None])
def test_a_bad_size_is_refused_at_the_call(size: Any) -> None:
    with pytest.raises(StarioError, match="1 or more"):
        stream("x", size=size)


@pytest.mark.parametrize("bad", [True, b"x", {"a": 1}, h.B, object(), SafeString, "\ud800"])
@pytest.mark.parametrize(
    "around", [lambda bad: bad, lambda bad: [[bad]], lambda bad: h.P(deferred([bad]))]
)
def test_a_bad_child_ends_the_stream(bad: Any, around: Callable[[Any], Any]) -> None:
    page = stream("good", around(bad), size=1)
    assert next(page) == b"good"
    with pytest.raises(StarioError, match=r"place=stream\(\)"):
        list(page)


def test_the_place_of_a_bad_node_is_counted() -> None:
    with pytest.raises(StarioError, match=r"place=stream\(\), argument 2, item 1"):
        bytes_of("x", [True])


def test_nesting_too_deep_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    def again() -> SafeString:
        return deferred(again)

    for node in (endless, deferred(endless), deferred(again)):
        with pytest.raises(StarioError, match="nested too deep"):
            bytes_of(node)
        with pytest.raises(StarioError, match="nested too deep"):
            render(node)


def test_elements_around_deferred_children_nest_without_limit() -> None:
    node = deferred(["x"])
    for _ in range(3000):
        node = h.Div(node)
    assert bytes_of(node) == render(node).encode() == b"<div>" * 3000 + b"x" + b"</div>" * 3000


@pytest.mark.parametrize("raised", [ValueError, RecursionError, UnicodeError, StopAsyncIteration])
def test_what_the_children_raise_passes_through(raised: type[Exception]) -> None:
    error = raised()

    def failing() -> Iterator[str]:
        yield "x"
        raise error

    for write in (lambda: bytes_of(h.P(deferred(failing))), lambda: str(h.P(deferred(failing)))):
        with pytest.raises(raised) as caught:
            write()
        assert caught.value is error


leaves = st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.integers()
leaves |= st.builds(h.B, leaves) | st.builds(SafeString, st.sampled_from(["<hr/>", "é", ""]))


def branches(trees: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(trees, max_size=4)
    return (
        lists
        | lists.map(tuple)
        | lists.map(deferred)
        | lists.map(lambda items: deferred(lambda: iter(items)))
        | lists.map(lambda items: fragment(*items))
        | lists.map(lambda items: h.Div({"id": "a&b"}, *items))
        | st.builds(baked(lambda a, b: h.P({"title": "<"}, a, h.I(b))), trees, trees)
    )


@given(st.lists(st.recursive(leaves, branches, max_leaves=20)), st.integers(1, 60))
def test_any_tree_is_streamed_as_it_is_rendered(nodes: list[Any], size: int) -> None:
    chunks = list(stream(*nodes, size=size))
    assert b"".join(chunks) == render(*nodes).encode() == fragment(nodes).rendered.encode()
    assert all(len(chunk) >= size for chunk in chunks[:-1])
    assert all(chunks)
