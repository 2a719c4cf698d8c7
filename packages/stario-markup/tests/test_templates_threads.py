"""Threads that fill templates at the same time, from the first time on, write the same."""

from concurrent.futures import ThreadPoolExecutor
from string.templatelib import Interpolation, Template
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from stario.markup import html as h
from stario.markup import render
from stario.markup.templates import fill

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 8
FILLS = 30  # of each template by each thread


@pytest.fixture(autouse=True)
def _cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "_OFTEN", 20)  # while the threads run, each template gets compiled
    fill._plans.clear()


def shared(n: int) -> str:
    return render(t"<p title={n} class='a {n}'><a href='/{n}?{n}'>{[t'<b>{n}</b>']}</a></p>")


def own(number: int, n: int) -> str:
    made = Template(f"<i id=t{number}>", Interpolation(n, "n"), "</i>")
    return render(made, h.P({"title": made_of(number, n)}))


def made_of(number: int, n: int) -> Any:
    return Template(f"{number} ", Interpolation(n, "n"))


def together(work: Callable[[int], list[str]]) -> list[list[str]]:
    """What each of the threads, which begin at once, answers to its number."""
    barrier = Barrier(THREADS)

    def run(number: int) -> list[str]:
        barrier.wait(10)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_the_same_template_in_many_threads() -> None:
    expected = [
        f"<p title=\"{n}\" class='a {n}'><a href='/{n}?{n}'><b>{n}</b></a></p>"
        for n in range(FILLS)
    ]
    assert together(lambda _: [shared(n) for n in range(FILLS)]) == [expected] * THREADS


def test_many_templates_in_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "_MANY", 5)  # so that plans are dropped while others are using them

    def work(number: int) -> list[str]:
        return [own(number, n) for n in range(FILLS)]

    for number, texts in enumerate(together(work)):
        assert texts == [
            f'<i id=t{number}>{n}</i><p title="{number} {n}"></p>' for n in range(FILLS)
        ]
    assert len(fill._plans) <= 5 + THREADS
