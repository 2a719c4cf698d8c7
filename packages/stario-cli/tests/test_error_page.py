"""What an exception answers: a page for a browser, events for Datastar, text for curl; else 500."""

import re
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from stario.cli.development.error_page import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Project, Running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="watch needs signals of Unix")

APP = """
import stario.responses as responses
from stario import HttpException

class Shelf(LookupError): ...

def inner(password, item):
    marker = "a local <b>value</b>"
    raise Shelf(f"no such shelf: {item}")

async def fails(c, w):
    token = "hunter2"
    data = {"api_key": "hunter2", "visible": "seen-by-all"}
    w.headers.set("etag", '"1"')
    w.headers.set("content-disposition", "attachment")
    w.headers.set("content-security-policy", "default-src *")
    with c.span.step("look", {"shelf": 7}):
        pass
    with c.span.step("search", {"password": "hunter2"}):
        inner("hunter2", c.req.query.get("item", "none"))

async def chained(c, w):
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise LookupError("second") from error

async def surrogate(c, w):
    raise LookupError("half \\ud800")

async def late(c, w):
    w.headers.set("content-type", "text/event-stream")
    w.write(b": open\\n\\n")
    raise LookupError("too late")

async def half(c, w):
    w.headers.set("content-type", "text/html")
    w.write(b"<html>")
    raise LookupError("half a page")

async def handled(c, w):
    raise KeyError("x")

async def meant(c, w):
    raise HttpException(418, "short and stout")

async def answer(c, w, error):
    responses.text(w, "answered", 400)

async def bootstrap(app, span):
    for handler in (fails, chained, surrogate, late, half, handled, meant):
        app.get(f"/{handler.__name__}", handler)
    app.get("/items/{token}", fails)
    app.post("/fails", fails)
    app.on_error(KeyError, answer)
    yield
"""


@pytest.fixture(scope="module")
def served(new_project: "Callable[[], Project]") -> "tuple[Running, Running]":
    """The same app under `watch` and under `serve`."""

    def start(command: str) -> "Running":
        project = new_project()
        project.write("main.py", APP)
        return project.start(command, "main:bootstrap", STARIO_TRACER="json")

    runs = start("watch"), start("serve")
    for running in runs:
        running.wait_for("listening")
    return runs


def ask(running: "Running", path: str, method: str = "GET", **fields: str) -> tuple[int, str, str]:
    connection = running.request(path, method, **fields)
    try:
        answer = connection.getresponse()
        try:
            body = answer.read()
        except OSError:
            body = b""
        return answer.status, answer.headers["content-type"], body.decode()
    finally:
        connection.close()


BROWSER = {"accept": "text/html,*/*;q=0.8", "sec_fetch_dest": "document"}


def test_a_browser_gets_the_exception_the_spans_and_the_request(
    served: "tuple[Running, Running]",
) -> None:
    """The lines around, the locals, the tree, the fields; and the page reloads when mended."""
    status, kind, page = ask(served[0], "/fails?item=book", **BROWSER, x_seen="by-all")
    assert (status, kind) == (500, "text/html; charset=utf-8")
    assert "<h1>Shelf: no such shelf: book</h1>" in page
    assert re.search(r"main\.py:\d+ in inner", page)
    assert "<mark>" in page
    for text in ("seen-by-all", "by-all", "<th>?item</th><td>book</td>", "data-stario-live"):
        assert text in page
    spans = page[page.index("<h2>Spans</h2>") :]
    assert re.search(r"GET /fails  .* open, failed: no such shelf: book", spans)
    assert re.search(r"\n  look  [\d.]+ ms  shelf=7", spans)
    assert re.search(r"\n  search  [\d.]+ ms, failed: ", spans)


def test_secrets_are_not_on_the_page(served: "tuple[Running, Running]") -> None:
    """Locals, keys, attributes of spans, fields and parameters are hidden by their names."""
    page = ask(
        served[0],
        "/items/s3cret-path?token=s3cret&item=book",
        **BROWSER,
        cookie="sid=s3cret",
        authorization="Bearer s3cret",
        x_api_key="s3cret",
    )[2]
    values = re.sub(r"<pre>.*?</pre>", "", page, flags=re.S)
    assert "hunter2" not in values
    rows = re.findall(r"<th>([^<]*)</th><td>([^<]*)</td>", page)
    assert {name for name, value in rows if value == "‹hidden›"} >= {
        *("token", "?token", "{token}", "cookie", "authorization", "x-api-key", "password"),
    }


def test_a_secret_is_not_in_what_an_exception_says(served: "tuple[Running, Running]") -> None:
    """Heading, title, spans and locals."""
    page = ask(served[0], "/fails?item=password%3Dhunter3", **BROWSER)[2]
    assert page.count("no such shelf: password=‹hidden›") >= 3
    assert "hunter3" not in page


@pytest.mark.parametrize("accept", ["text/html,*/*", "*/*"])
@pytest.mark.parametrize("value", ["s3cret-path", "%733cret%2Dpath", "s3cret-path?item=book"])
def test_a_secret_is_not_in_the_path_either(
    served: "tuple[Running, Running]", accept: str, value: str
) -> None:
    """Nor where a span or the repr of a request repeats it, encoded or not; a page or text."""
    told = ask(served[0], f"/items/{value}", accept=accept, referer="http://x/items/s3cret-path")[2]
    assert "/items/‹hidden›" in told
    assert "3cret" not in told


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "\"'><img src=x>", "</pre></main>"])
def test_nothing_of_a_request_is_markup(served: "tuple[Running, Running]", evil: str) -> None:
    """In the query, a field, a parameter, and the message that repeats it."""
    path = f"/items/{quote(evil, safe='')}?item={quote(evil, safe='')}"
    page = ask(served[0], path, **BROWSER, x_evil=evil)[2]
    assert "Shelf: no such shelf" in page
    assert evil not in page
    assert "a local <b>" not in page
    assert page.count("<script") == 1
    assert page.count("</main>") == 1


def test_the_page_has_a_policy_of_its_own(served: "tuple[Running, Running]") -> None:
    """In the place of the app's: its styles and our script may, anything else may not."""
    connection = served[0].request("/fails", **BROWSER)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.headers.get_all("content-security-policy") == [POLICY]
    assert answer.headers["content-disposition"] is None
    assert answer.headers["etag"] is None
    assert answer.headers["cache-control"] == "no-store"


def test_curl_gets_text(served: "tuple[Running, Running]") -> None:
    """The traceback as Python prints it."""
    status, kind, text = ask(served[0], "/fails", accept="*/*")
    assert (status, kind) == (500, "text/plain; charset=utf-8")
    assert text.startswith("GET /fails\n\nTraceback (most recent call last):")
    assert text.rstrip().endswith("Shelf: no such shelf: none")


DATASTAR = {"datastar_request": "true", "accept": "text/event-stream, text/html, application/json"}


def test_datastar_gets_an_event_that_its_page_shows(served: "tuple[Running, Running]") -> None:
    """One event, whose lines are the page; it stands at the end of a stream that has begun, too."""
    status, kind, events = ask(served[0], "/fails", "POST", **DATASTAR)
    assert (status, kind) == (200, "text/event-stream")
    lines = events.splitlines()
    assert lines[0] == "event: datastar-stario-failure"
    assert all(line.startswith("data: page ") for line in lines[1:-1])
    assert "no such shelf" in events
    connection = served[0].request("/late", **DATASTAR)
    answer = connection.getresponse()
    told = answer.read1(100_000) + answer.read1(100_000)
    answer.close()
    connection.close()
    assert b"event: datastar-stario-failure\n" in told


def test_a_chain_is_told_whole(served: "tuple[Running, Running]") -> None:
    """The last exception first, then what it was caused by."""
    page = ask(served[0], "/chained", **BROWSER)[2]
    assert page.index("<h1>LookupError: second</h1>") < page.index(
        "<h2>caused by ZeroDivisionError: "
    )


def test_text_that_has_no_bytes_is_spelled_out(served: "tuple[Running, Running]") -> None:
    """Half of a surrogate pair."""
    assert "half \\ud800" in ask(served[0], "/surrogate", **BROWSER)[2]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/handled", (400, "answered")), ("/meant", (418, "short and stout"))],
)
def test_what_the_app_answers_itself_stays(
    served: "tuple[Running, Running]", path: str, expected: tuple[int, str]
) -> None:
    """Error handlers, and exceptions that are answers."""
    for running in served:
        status, _, text = ask(running, path, **BROWSER)
        assert (status, text) == expected


@pytest.mark.parametrize("fields", [BROWSER, DATASTAR, {"accept": "*/*"}])
@pytest.mark.parametrize("path", ["/fails?item=book", "/chained", "/surrogate"])
def test_in_production_nobody_learns_anything(
    served: "tuple[Running, Running]", path: str, fields: dict[str, str]
) -> None:
    """Whoever asks: a status, a type and three words."""
    assert ask(served[1], path, **fields) == (
        500,
        "text/plain; charset=utf-8",
        "Internal Server Error",
    )
