"""Every event, byte for byte."""

from typing import Any

import pytest
from stario.datastar import events
from stario.exceptions import StarioError
from stario.markup import SafeString
from stario.markup import html as h

ELEMENTS = "event: datastar-patch-elements\n"
SIGNALS = "event: datastar-patch-signals\n"

ROWS: list[tuple[bytes, str]] = [
    (
        events.patch_elements(h.Div({"id": "a"}, "x\n\ny")),
        f'{ELEMENTS}data: elements <div id="a">x\ndata: elements \ndata: elements y</div>\n\n',
    ),
    (
        events.patch_elements(
            h.Li("1"),
            mode="append",
            selector="#l",
            namespace="svg",
            view_transition=True,
            view_transition_selector="#v",
        ),
        f"{ELEMENTS}data: mode append\ndata: selector #l\ndata: namespace svg\n"
        "data: useViewTransition true\ndata: viewTransitionSelector #v\n"
        "data: elements <li>1</li>\n\n",
    ),
    (
        events.patch_signals({"a": 1, "b": {"c": None}}, only_if_missing=True),
        f'{SIGNALS}data: onlyIfMissing true\ndata: signals {{"a":1,"b":{{"c":null}}}}\n\n',
    ),
    (events.remove("#x"), f"{ELEMENTS}data: mode remove\ndata: selector #x\n\n"),
    (
        events.execute_script("f()"),
        f"{ELEMENTS}data: mode append\ndata: selector body\n"
        'data: elements <script data-effect="el.remove()">f()</script>\n\n',
    ),
    (
        events.execute_script("f()", auto_remove=False),
        f"{ELEMENTS}data: mode append\ndata: selector body\n"
        "data: elements <script>f()</script>\n\n",
    ),
    (
        events.navigate("/x?y=1"),
        f"{ELEMENTS}data: mode append\ndata: selector body\n"
        'data: elements <script data-effect="el.remove()">'
        'setTimeout(() => window.location = "/x?y=1");</script>\n\n',
    ),
    (
        events.patch_elements("", event_id="7", retry=2000),
        f"{ELEMENTS}id: 7\nretry: 2000\ndata: elements \n\n",
    ),
    (events.patch_elements("", retry=1000), f"{ELEMENTS}data: elements \n\n"),
    (events.comment(), ": \n\n"),
    (events.comment("x"), ": x\n\n"),
    # Beyond the contract's examples
    (events.patch_elements("<p>", mode="outer"), f"{ELEMENTS}data: elements <p>\n\n"),
    (events.patch_elements("a & <b>"), f"{ELEMENTS}data: elements a & <b>\n\n"),
    (events.patch_elements("ż".encode()), f"{ELEMENTS}data: elements ż\n\n"),
    (events.patch_elements(SafeString("<i>")), f"{ELEMENTS}data: elements <i>\n\n"),
    (events.patch_elements(["<", h.B("1")]), f"{ELEMENTS}data: elements &lt;<b>1</b>\n\n"),
    (events.patch_elements("\ud800"), f"{ELEMENTS}data: elements ?\n\n"),
    (
        events.patch_elements("x", view_transition_selector="#v"),
        f"{ELEMENTS}data: elements x\n\n",
    ),
    (
        events.remove("#x", view_transition=True, event_id="1", retry=5),
        f"{ELEMENTS}id: 1\nretry: 5\ndata: mode remove\ndata: selector #x\n"
        "data: useViewTransition true\n\n",
    ),
    (
        events.patch_signals({"ui.open": True, "ui": {"x": "é"}}, event_id="", retry=1),
        f'{SIGNALS}id: \nretry: 1\ndata: signals {{"ui":{{"open":true,"x":"é"}}}}\n\n',
    ),
    (
        events.patch_signals('{"a":\n1}'),
        f'{SIGNALS}data: signals {{"a":\ndata: signals 1}}\n\n',
    ),
    (events.patch_signals({}), f"{SIGNALS}data: signals {{}}\n\n"),
    (
        events.execute_script("a();\nb()", attributes={"type": "module", "nonce": 'x"'}),
        f"{ELEMENTS}data: mode append\ndata: selector body\n"
        'data: elements <script data-effect="el.remove()" type="module" nonce="x&quot;">a();\n'
        "data: elements b()</script>\n\n",
    ),
    (
        events.navigate("/a b?x=ü#f", event_id="3"),
        f"{ELEMENTS}id: 3\ndata: mode append\ndata: selector body\n"
        'data: elements <script data-effect="el.remove()">'
        'setTimeout(() => window.location = "/a%20b?x=%C3%BC#f");</script>\n\n',
    ),
]


@pytest.mark.parametrize(("event", "text"), ROWS)
def test_an_event_is_written_byte_for_byte(event: bytes, text: str) -> None:
    assert event == text.encode()


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "remove"},
        {"mode": "INNER"},
        {"mode": ""},
        {"mode": "inner\ndata: elements x"},
        {"namespace": "xml"},
        {"namespace": ""},
        {"selector": ""},
        {"selector": 1},
        {"event_id": 7},
        {"retry": 0},
        {"retry": -1},
        {"retry": True},
        {"retry": 1.5},
        {"retry": "1000"},
    ],
)
def test_an_option_that_the_client_does_not_know_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(StarioError):
        events.patch_elements("x", **options)


@pytest.mark.parametrize("code", [None, 5, b"f()", ["f()"]])
def test_code_is_text(code: Any) -> None:
    with pytest.raises(StarioError, match="code of a script must be a str"):
        events.execute_script(code)


@pytest.mark.parametrize("attributes", [5, "async", [("type", "module")]])
def test_attributes_of_a_script_are_a_mapping(attributes: Any) -> None:
    """A text in their place would have become code."""
    with pytest.raises(StarioError, match="attributes of a script are a mapping"):
        events.execute_script("f()", attributes=attributes)


def test_an_event_is_no_content_of_another_one() -> None:
    with pytest.raises(StarioError, match=r"sse\.send"):
        events.patch_elements(events.patch_elements("<p>"))


@pytest.mark.parametrize("selector", ["", None])
def test_remove_needs_a_selector(selector: Any) -> None:
    with pytest.raises(StarioError, match="empty"):
        events.remove(selector)


@pytest.mark.parametrize("payload", [None, [], 1, b"{}"])
def test_signals_are_a_mapping_or_ready_json(payload: Any) -> None:
    with pytest.raises(TypeError, match="mapping"):
        events.patch_signals(payload)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "x/y", "/a\r\nb", "/a\\b", "http://"])
def test_a_navigation_goes_where_a_redirect_could_go(url: str) -> None:
    with pytest.raises(StarioError):
        events.navigate(url)
