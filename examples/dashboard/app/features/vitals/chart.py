"""Numbers as a drawing: SVG that the server writes, so no script draws anything."""

from collections.abc import Sequence
from math import ceil, log10

from stario.markup import HtmlElement, svg

WIDTH = 600
TALL, LOW = 200, 60
ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def area(values: Sequence[float], room: int) -> HtmlElement:
    """A chart with lines that tell how high it is; `room` is for how many values."""
    top = ceiling(values)
    return svg.Svg(
        {"viewBox": f"0 0 {WIDTH} {TALL}", "preserveAspectRatio": "none", "aria-hidden": "true"},
        svg.G(
            {"class": "grid"},
            [svg.Line({"x1": 0, "x2": WIDTH, "y1": y, "y2": y}) for y in (1, TALL / 2, TALL - 1)],
        ),
        _shape(values, room, top, TALL),
    )


def sparkline(values: Sequence[float], room: int) -> HtmlElement:
    return svg.Svg(
        {"viewBox": f"0 0 {WIDTH} {LOW}", "preserveAspectRatio": "none", "aria-hidden": "true"},
        _shape(values, room, ceiling(values), LOW),
    )


def ceiling(values: Sequence[float]) -> float:
    """Return a round number that is not below any of them."""
    highest = max(values, default=0)
    if highest <= 0:
        return 1
    power = 10 ** (ceil(log10(highest)) - 1)
    return next(step * power for step in ROUND if step * power >= highest)


def _shape(values: Sequence[float], room: int, top: float, height: int) -> HtmlElement:
    """The newest value stands at the right edge."""
    if len(values) < 2:
        return svg.G()
    step = WIDTH / (room - 1)
    left = WIDTH - step * (len(values) - 1)
    line = " ".join(
        f"{left + index * step:.0f},{height - value / top * (height - 6) - 2:.1f}"
        for index, value in enumerate(values)
    )
    return svg.G(
        svg.Polygon({"class": "fill", "points": f"{left:.0f},{height} {line} {WIDTH},{height}"}),
        svg.Polyline({"class": "line", "points": line}),
    )
