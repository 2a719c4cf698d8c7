"""From samples to HTML, and nothing else."""

from collections.abc import Callable, Sequence

from stario.datastar import ModuleScript, at, data
from stario.markup import HtmlElement
from stario.markup import html as h

from app.assets import Assets
from app.features.vitals.chart import area, ceiling, sparkline
from app.features.vitals.models import KEPT, Sample
from app.features.vitals.urls import SUBSCRIBE

# A number that stands still looks like one that is true, so the page says when the stream is away.
HEARD = """evt.detail.type.startsWith('datastar-patch') ? $_away = false
    : evt.detail.type == 'retrying' && ($_away = true)"""

type Measure = Callable[[Sample], float | None]


def page_view(assets: Assets, samples: Sequence[Sample]) -> HtmlElement:
    # The stream opens again for as long as the page is there, also after a restart of the server.
    # It needs no signal, so none is sent.
    stream = at.get(SUBSCRIBE.href(), retry="always", retry_max_count=1_000_000, payload={})
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Meta({"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            h.Title("Dashboard"),
            h.Link({"rel": "icon", "href": assets.icon}),
            h.Link({"rel": "stylesheet", "href": assets.css}),
            ModuleScript(assets.datastar),
        ),
        h.Body(
            data.signals({"_away": False}),
            data.on("datastar-fetch", HEARD, target="document"),
            data.init(stream),
            h.Header(
                h.H1("Dashboard"),
                h.P("Each sample is rendered and compressed once, for everybody who watches."),
                h.P({"role": "status"}, away_view()),
            ),
            board_view(samples),
        ),
    )


def away_view() -> HtmlElement:
    words = "The server is away. These numbers are its last ones."
    return h.Span({"id": "away", "style": "display: none"}, data.show("$_away"), words)


def board_view(samples: Sequence[Sample]) -> HtmlElement:
    """The part of the page that each sample brings up to date."""
    return h.Main(
        {"id": "board", "data-sample": samples[-1].number if samples else 0},
        orders_view(samples),
        card_view("Watching", "viewers", samples, lambda one: one.viewers, "{:,.0f}"),
        card_view("Events a second", "delivered", samples, lambda one: one.delivered, "{:,.0f}"),
        card_view("CPU, of one core", "cpu", samples, lambda one: one.cpu, "{:.1f} %"),
        card_view("Loop late by", "lag", samples, lambda one: one.lag, "{:.1f} ms"),
        card_view("Memory", "memory", samples, lambda one: one.memory, "{:.1f} MB"),
    )


def orders_view(samples: Sequence[Sample]) -> HtmlElement:
    values = [float(one.orders) for one in samples]
    return h.Section(
        {"class": "card orders"},
        h.H2("Orders a minute, made up"),
        h.P({"class": "value", "id": "orders"}, samples[-1].orders if samples else "–"),
        h.Figure(
            h.Div(
                {"class": "scale", "aria-hidden": "true"},
                h.Span(f"{ceiling(values):,.0f}"),
                h.Span(0),
            ),
            area(values, KEPT),
        ),
    )


def card_view(
    title: str, name: str, samples: Sequence[Sample], measure: Measure, form: str
) -> HtmlElement:
    values = [value for one in samples if (value := measure(one)) is not None]
    return h.Section(
        {"class": ["card", name]},
        h.H2(title),
        h.P({"class": "value", "id": name}, form.format(values[-1]) if values else "–"),
        sparkline(values, KEPT),
    )
