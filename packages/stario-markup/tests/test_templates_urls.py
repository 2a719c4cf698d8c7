"""A URL in a template is harmless in the element that it stands in, walked and compiled."""

from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from stario.markup import Tag, baked, render
from stario.markup import html as h
from stario.markup.errors import StarioError
from stario.markup.templates.scanner import plan_of_markup
from stario.markup.templates.url_slots import LastUrlSlot
from stario.markup.urls import runs_code

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = pytest.mark.usefixtures("both_ways")


def refused(make: Callable[[str], Any], url: str) -> bool:
    found: list[bool] = []
    for _ in range(3):  # read and walked, compiled perhaps, and once more
        try:
            render(make(url))
        except StarioError as refusal:
            if "would run code" not in refusal.message:
                raise
            found.append(True)
        else:
            found.append(False)
    assert len(set(found)) == 1
    return found[0]


def under_baked(builder: Callable[[Any], Any]) -> Callable[[str], Any]:
    return lambda url: baked(builder)(url)


FRAMES: list[Callable[[str], Any]] = [
    lambda url: t"<iframe src={url}></iframe>",
    lambda url: t"<IFRAME SRC={url}></IFRAME>",
    lambda url: t"<iframe src='{url}'></iframe>",
    lambda url: t"<iframe src=' {url}'></iframe>",
    lambda url: t"<iframe src='{url}{'/x'}'></iframe>",
    lambda url: t"<iframe src='{url[:3]}{url[3:]}#'></iframe>",
    lambda url: t"<iframe { ({'src': url}) }></iframe>",
    lambda url: t"<Iframe { ({'SRC': url}) }></iframe>",
    lambda url: t"<embed src={url}>",
    lambda url: t"<embed src='{url}x'>",
    lambda url: t"<embed { ({'src': url}) }>",
    lambda url: t"<object data={url}></object>",
    lambda url: t"<object data='{url}x'></object>",
    lambda url: t"<object { ({'data': url}) }></object>",
    lambda url: t"<div>{t'<iframe src={url}></iframe>'}</div>",
    lambda url: h.Iframe({"src": t"{url}"}),
    lambda url: h.Iframe({"src": t"{url}x"}),
    lambda url: h.Iframe({"src": t" {url[:2]}{url[2:]}"}),
    lambda url: h.Iframe({"class": "x"}, {"SRC": t"{url}x"}),
    lambda url: Tag("frame", empty="void")({"src": t"{url}x"}),
    lambda url: h.Embed({"src": t"{url}x"}),
    lambda url: h.Object({"data": t"{url}x"}),
    lambda url: t"<iframe { ({'src': t'{url}x'}) }></iframe>",
    lambda url: t"<iframe src={t'{url}x'}></iframe>",
    under_baked(lambda url: t"<iframe src={url}></iframe>"),
    under_baked(lambda url: t"<iframe { ({'src': url}) }></iframe>"),
    under_baked(lambda url: h.Div(t"<object data={url}></object>")),
]
SCRIPTS: list[Callable[[str], Any]] = [
    lambda url: t"<script src={url}></script>",
    lambda url: t"<SCRIPT src={url}></script>",
    lambda url: t"<script src='{url}x'></script>",
    lambda url: t"<script { ({'src': url}) }></script>",
    lambda url: t"<svg><script href={url}></script></svg>",
    lambda url: t"<svg><script href='{url}x'/></svg>",
    lambda url: t"<svg><script xlink:href={url}/></svg>",
    lambda url: t"<svg><script xlink:href='{url}x'></script></svg>",
    lambda url: t"<svg><script { ({'xlink:href': url}) } /></svg>",
    lambda url: h.Script({"src": t"{url}x"}),
    lambda url: h.Script({"src": t"{url}"}),
    under_baked(lambda url: t"<script src={url}></script>"),
    under_baked(lambda url: t"<svg><script href={url}/></svg>"),
]
ELSEWHERE: list[Callable[[str], Any]] = [
    lambda url: t"<img src={url}>",
    lambda url: t"<img src='{url}x'>",
    lambda url: t"<img { ({'src': url}) }>",
    lambda url: t"<a href={url}>x</a>",
    lambda url: t"<svg><image href='{url}x'/></svg>",
    lambda url: h.Img({"src": t"{url}x"}),
    lambda url: h.Div({"data": {"src": t"{url}"}}),
    under_baked(lambda url: t"<img src={url}>"),
]

DRAWINGS = [
    "data:image/svg+xml,<svg/>",
    "DATA:IMAGE/svg+xml;base64,x",
    " da\tta: image/svg+xml ,<svg/>",
    "\x01data:image/svg+xml;charset=utf-8,<svg/>",
]
OF_ALL_TYPES = ["data:,x", "data:text/plain,x", "data:image/png,x", "data:x/y,x", "\n Data:,x"]
HARMLESS = ["/a", "https://x/a:b", "a", "", "data", "mailto:x", "blob:x", "?data:,"]


@pytest.mark.parametrize("url", [*DRAWINGS, "javascript:x", "data:text/html,x"])
@pytest.mark.parametrize("make", FRAMES, ids=range(len(FRAMES)))
def test_a_frame_takes_no_drawing(make: Callable[[str], Any], url: str) -> None:
    assert refused(make, url)


@pytest.mark.parametrize("url", [*DRAWINGS, *OF_ALL_TYPES, "javascript:x"])
@pytest.mark.parametrize("make", SCRIPTS, ids=range(len(SCRIPTS)))
def test_a_script_takes_no_data(make: Callable[[str], Any], url: str) -> None:
    assert refused(make, url)


@pytest.mark.parametrize("make", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_elsewhere_a_drawing_is_an_image(make: Callable[[str], Any]) -> None:
    assert not any(refused(make, url) for url in [*DRAWINGS, "data:,x", *HARMLESS])


@pytest.mark.parametrize("make", [*FRAMES, *SCRIPTS, *ELSEWHERE])
def test_a_harmless_url_is_taken_everywhere(make: Callable[[str], Any]) -> None:
    assert not any(refused(make, url) for url in HARMLESS)


def test_what_one_element_takes_says_nothing_about_another() -> None:
    url = DRAWINGS[0]
    for _ in range(3):
        assert "svg" in h.Img({"src": t"{url}x"}).rendered
        with pytest.raises(StarioError, match="would run code"):
            h.Iframe({"src": t"{url}x"})


def test_a_literal_url_is_the_authors_own() -> None:
    assert render(t"<iframe src='data:image/svg+xml,x'></iframe>").startswith("<iframe src='data:")
    assert h.Script({"src": t"data:,f()"}).rendered == '<script src="data:,f()"></script>'


HIDDEN: list[Callable[[str], Any]] = [
    lambda part: t"<iframe src='data:image{part}'></iframe>",
    lambda part: t"<iframe src='data&colon;image{part}'></iframe>",
    lambda part: t"<iframe src='d&#97;ta:{'image'}{part}'></iframe>",
    lambda part: h.Iframe({"src": t"data:image{part}"}),
    lambda part: h.Iframe({"src": t"data&colon;image{part}"}),
    lambda part: t"<script src='data:image{part}'></script>",
]


@pytest.mark.parametrize("make", HIDDEN, ids=range(len(HIDDEN)))
def test_the_whole_url_is_looked_at(make: Callable[[str], Any]) -> None:
    assert refused(make, "/svg+xml,x")


SETTLED = ["/", "/a", "a/", "?", "#", ".#", "https:", "https://", " mailto:", "x&colon;", "/%"]
OPEN = [" ", "a", "java", "java&#115;cript", "%6A/", "data:", "data:image/", "javascript:"]


@pytest.mark.parametrize(("start", "is_settled"), [
    *((start, True) for start in SETTLED),
    *((start, False) for start in OPEN),
])  # fmt: skip
def test_a_scheme_that_has_ended_is_not_looked_at_again(start: str, is_settled: bool) -> None:
    for name in ("href", "values"):
        slot = plan_of_markup([f"<a {name}='{start}", "'></a>"]).slots[0]
        assert isinstance(slot, LastUrlSlot)
        assert slot.is_settled is (is_settled and name == "href")


@pytest.mark.parametrize("start", SETTLED)
@pytest.mark.parametrize("value", ["javascript:x", "script:x", ":javascript:x", "data:x/y,z"])
def test_behind_a_scheme_that_has_ended_nothing_runs(start: str, value: str) -> None:
    assert not runs_code("href", unquote(unescape(start + value)), "iframe")
