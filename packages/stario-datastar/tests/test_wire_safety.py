"""Nothing that travels in an event can become another event, another line or another element."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from stario.datastar import at, data, events
from stario.exceptions import StarioError
from stario.markup import html as h


def data_lines(event: bytes) -> list[str]:
    """Split a stream as a browser does: at CRLF, CR and LF, and nothing else."""
    text = event.decode().replace("\r\n", "\n").replace("\r", "\n")
    return [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]


BREAKS = ["\r", "\n", "\r\n"]

type Write = Callable[[str], bytes]

PAYLOADS: list[Write] = [
    events.patch_elements,
    lambda text: events.patch_elements(text.encode()),
    events.patch_signals,
    events.execute_script,
]

FIELDS: list[Write] = [
    lambda bad: events.patch_elements("x", selector=bad),
    lambda bad: events.patch_elements("x", view_transition=True, view_transition_selector=bad),
    lambda bad: events.patch_elements("x", view_transition_selector=bad),
    lambda bad: events.patch_elements("x", event_id=bad),
    lambda bad: events.patch_signals({}, event_id=bad),
    lambda bad: events.execute_script("x", event_id=bad),
    lambda bad: events.navigate("/", event_id=bad),
    lambda bad: events.remove("#x", event_id=bad),
    events.remove,
    events.comment,
]


@pytest.mark.parametrize("end", BREAKS)
def test_a_message_cannot_set_a_signal_in_every_viewer(end: str) -> None:
    attack = f"hi{end}{end}event: datastar-patch-signals{end}data: signals {{admin:true}}{end}{end}"
    event = events.patch_elements(h.P(attack))
    assert b"\r" not in event
    assert event.count(b"\n\n") == 1
    assert event.count(b"\nevent:") == 0
    assert all(line.startswith("elements ") for line in data_lines(event))


@pytest.mark.parametrize("end", BREAKS)
@pytest.mark.parametrize("write", PAYLOADS)
def test_each_kind_of_line_end_starts_one_data_line(write: Write, end: str) -> None:
    event = write(f"a{end}b{end}{end}c")
    payload = [line for line in data_lines(event) if line.startswith(("elements", "signals"))]
    assert [line.split(" ", 1)[1][-1:] or "" for line in payload[:-1]] == ["a", "b", ""]
    assert event.endswith(b"\n\n")
    assert b"\r" not in event


@pytest.mark.parametrize("character", ["\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_nothing_else_ends_a_line(character: str) -> None:
    event = events.patch_elements(f"a{character}b")
    assert data_lines(event) == [f"elements a{character}b"]


def test_a_line_break_inside_a_signal_stays_inside_its_json() -> None:
    event = events.patch_signals({"a": "x\r\ny"})
    assert data_lines(event) == ['signals {"a":"x\\r\\ny"}']


def test_an_empty_line_of_html_keeps_the_space_after_its_name() -> None:
    assert events.patch_elements("\n") == (
        b"event: datastar-patch-elements\ndata: elements \ndata: elements \n\n"
    )


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "a\r\nevent: x", "\n\n"])
@pytest.mark.parametrize("write", FIELDS)
def test_a_field_with_a_line_break_or_nul_is_refused(write: Write, bad: str) -> None:
    with pytest.raises(StarioError, match="one line"):
        write(bad)


class Elements(HTMLParser):
    """The start tags that a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def elements_of(event: bytes) -> list[str]:
    lines = data_lines(event)
    parser = Elements()
    parser.feed("\n".join(line[9:] for line in lines if line.startswith("elements ")))
    return parser.found


@pytest.mark.parametrize("end", ["</script", "</SCRIPT", "</ScRiPt", "</script ", "</script\n"])
def test_code_cannot_leave_the_script_element(end: str) -> None:
    event = events.execute_script(f"x = '{end}><img src=x onerror=alert(1)>'")
    assert elements_of(event) == ["script"]
    assert rb"<\/" in event
    assert event.lower().count(b"</script") == 1


def test_code_cannot_hide_the_end_of_the_script_element() -> None:
    """After `<!--` and `<script` a browser would not see `</script>`."""
    assert b"<!--" not in events.execute_script("x = '<!--<script>'")


@pytest.mark.parametrize("url", ['/x"</script><img>', "/x</script>", "/x';alert(1)//", '/"+f()+"'])
def test_a_target_cannot_leave_the_navigation(url: str) -> None:
    event = events.navigate(url)
    assert elements_of(event) == ["script"]
    code = event.decode().split("window.location = ")[1]
    assert code.count('"') == 2


@pytest.mark.parametrize("key", ['a"', "a'", "a b", "a=", "a<", "a>", "a/b", "a\n"])
@pytest.mark.parametrize("write", [data.attr, data.class_, data.style, data.on])
def test_a_key_cannot_leave_its_attribute(write: Callable[[str, str], object], key: str) -> None:
    with pytest.raises(StarioError, match="attribute name"):
        write(key, "x")


def test_an_included_name_is_that_signal_and_its_children_only() -> None:
    assert r"^(?:a)(?:\\.|$)" in at.get("/x", include=["a"])
