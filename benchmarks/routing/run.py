"""Nanoseconds to find a route among 10, 100, 1,000 and 10,000 others, and what a route costs.

    python benchmarks/routing/run.py [--rounds 15]

Each router has four kinds of routes in equal parts: without placeholder, with one, with three, and
with one for the rest. Rounds interleave the sizes, so that a slow moment of the machine meets all
of them; printed are the least of each, which noise can only add to, and the ratio of the largest
router to the smallest. "remembered" is a path that was asked for before; the others are walked
anew, among more paths than are remembered.
"""

import argparse
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING

from stario.http.router import Router
from stario.routing import UrlPath

if TYPE_CHECKING:
    from stario.http.context import Context, Handler
    from stario.http.writer import Writer

SIZES = (10, 100, 1_000, 10_000)
LOOKUPS = 4096  # more paths than a router remembers
SCOPES = 50

type Request = tuple[str, str, str]  # host, path, method
type Case = Callable[[int], list[Request]]


async def handler(c: "Context", w: "Writer") -> None: ...


def wrapped(inner: "Handler") -> "Handler":
    async def around(c: "Context", w: "Writer") -> None:
        await inner(c, w)

    return around


def patterns(size: int) -> list[str]:
    kinds = ("/s{0}/list", "/u{0}/{{id}}", "/t{0}/{{a}}/x/{{b}}/y/{{c}}", "/f{0}/{{path...}}")
    return [kinds[number % 4].format(number) for number in range(size)]


def router_of(size: int) -> Router:
    router = Router()
    for pattern in patterns(size):
        router.get(pattern, handler)
    return router


def router_of_hosts(size: int) -> Router:
    router = Router()
    for number, pattern in enumerate(patterns(size)):
        router.get(UrlPath(pattern, host=f"{{tenant}}.h{number}.example.com"), handler)
    return router


def last(size: int, kind: int) -> int:
    """Return the number of the last route of a kind."""
    return (size - 1 - kind) // 4 * 4 + kind


def walked(template: str, kind: int, method: str = "GET", host: str = "") -> Case:
    def requests(size: int) -> list[Request]:
        at = last(size, kind)
        return [(host.format(at, n), template.format(at, n), method) for n in range(LOOKUPS)]

    return requests


def remembered(template: str, kind: int, method: str = "GET") -> Case:
    return lambda size: [("", template.format(last(size, kind), 7), method)] * LOOKUPS


CASES: dict[str, Case] = {
    "without placeholder, first": lambda size: [("", "/s0/list", "GET")] * LOOKUPS,
    "without placeholder, last": remembered("/s{}/list", 0),
    "one, remembered": remembered("/u{}/{}", 1),
    "one, walked": walked("/u{}/{}", 1),
    "three, walked": walked("/t{}/{}/x/b/y/c", 2),
    "the rest, walked": walked("/f{}/{}/b/c", 3),
    "404": walked("/nope{1}/{0}", 0),
    "405": walked("/u{}/{}", 1, "POST"),
}
ON_HOSTS: dict[str, Case] = {
    "host, remembered": walked("/s{}/list", 0, host="t.h{0}.example.com"),
    "host, walked": walked("/s{}/list", 0, host="t{1}.h{0}.example.com"),
    "host and one, walked": walked("/u{}/{}", 1, host="t{1}.h{0}.example.com"),
}


def nanoseconds(router: Router, requests: list[Request]) -> float:
    find = router.find_handler
    began = time.perf_counter_ns()
    for host, path, method in requests:
        find(host, path, method)
    return (time.perf_counter_ns() - began) / len(requests)


def of_the_loop(requests: list[Request]) -> float:
    """Return what the loop around a look-up takes, which is not the router's."""

    def nothing(host: str, path: str, method: str) -> None: ...

    began = time.perf_counter_ns()
    for host, path, method in requests:
        nothing(host, path, method)
    return (time.perf_counter_ns() - began) / len(requests)


def times(
    make: Callable[[int], Router], cases: dict[str, Case], rounds: int
) -> dict[str, list[float]]:
    """Return the least nanoseconds of each case, size by size."""
    routers = {size: make(size) for size in SIZES}
    met = {name: [float("inf")] * len(SIZES) for name in cases}
    for name, case in cases.items():
        requests = {size: case(size) for size in SIZES}
        own = min(of_the_loop(requests[SIZES[0]]) for _ in range(rounds))
        for _, (at, size) in zip(range(rounds * len(SIZES)), cycle(enumerate(SIZES)), strict=False):
            taken = nanoseconds(routers[size], requests[size]) - own
            met[name][at] = min(met[name][at], taken)
    return met


def print_times(rounds: int) -> None:
    print(f"Python {sys.version.split()[0]}; nanoseconds per look-up, least of {rounds} rounds\n")
    sizes = "".join(f"{size:>9,}" for size in SIZES)
    print(f"{'routes':28}{sizes}  10,000 ÷ 10")
    met = times(router_of, CASES, rounds) | times(router_of_hosts, ON_HOSTS, rounds)
    for name, least in met.items():
        cells = "".join(f"{one:9.0f}" for one in least)
        print(f"{name:28}{cells}  {least[-1] / least[0]:11.2f}")


def registration(size: int) -> float:
    """Return the microseconds per route of an app with scopes, until every route is ready."""
    began = time.perf_counter()
    router = Router()
    texts = patterns(size)
    for number, pattern in enumerate(texts):
        if number < SCOPES:
            router.use(f"/s{number * 4}", wrapped)
        router.get(pattern, handler, middleware=[wrapped])
    router.use("/", wrapped)
    for text in texts:
        router.find_handler("", text.replace("...", ""), "GET")
    return (time.perf_counter() - began) * 1e6 / size


def memory(size: int) -> float:
    """Return the bytes per route, its pattern included."""
    gc.collect()
    tracemalloc.start()
    router = router_of(size)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del router
    return taken / size


def print_costs() -> None:
    print(f"\nper route: registered in {SCOPES} scopes with middleware, and made ready; kept")
    for size in SIZES:
        taken = min(registration(size) for _ in range(3))
        print(f"{size:>7,} routes {taken:7.1f} µs {memory(size):7.0f} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    print_times(options.rounds)
    print_costs()


if __name__ == "__main__":
    main()
