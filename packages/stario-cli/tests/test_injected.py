"""Our tag in the pages of an app that is watched, and nothing of it anywhere else."""

import gzip
import re
import sys
from http.client import HTTPResponse
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Project, Running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets are handed over on Unix")

APP = """
import gzip
from pathlib import Path
import stario.responses as responses
from stario import App, AssetManifest, StaticAssets

PAGE = "<!doctype html><html><head><title>x</title></head><body>" + "word " * 500 + "</body></html>"

async def page(c, w):
    w.headers.set("etag", '"1"')
    responses.html(w, PAGE)

async def by_end(c, w):
    w.headers.set("content-type", "text/html")
    w.end(PAGE.encode())

async def policy(c, w):
    w.headers.set("content-security-policy", "script-src 'nonce-abc+/_-9=' 'self'")
    responses.html(w, PAGE)

async def nonce_in_page(c, w):
    responses.html(w, PAGE.replace("<title>", '<script defer nonce="n0nce"></script><title>'))

async def stream(c, w):
    w.headers.set("content-type", "text/html; charset=utf-8")
    for start in range(0, len(PAGE), 40):
        w.write(PAGE[start:start + 40].encode())
    w.end()

async def headless(c, w):
    responses.html(w, "<!DOCTYPE html><title>short</title>")

async def fragment(c, w):
    responses.html(w, "<p>a part</p>")

async def declared(c, w):
    w.headers.set("content-type", "text/html")
    w.headers.set("content-length", str(len(PAGE)))
    w.write(PAGE.encode())
    w.end()

async def partial(c, w):
    w.headers.set("content-range", f"bytes 0-{len(PAGE) - 1}/{len(PAGE)}")
    responses.html(w, PAGE, 206)

async def encoded(c, w):
    w.headers.set("content-encoding", "gzip")
    w.respond(gzip.compress(PAGE.encode()), b"text/html")

async def text(c, w):
    responses.text(w, PAGE)

async def events(c, w):
    w.headers.set("content-type", "text/event-stream")
    w.write(b"data: <html><head></head></html>\\n\\n")
    w.end()

async def missing(c, w):
    responses.html(w, PAGE, 404)

async def bootstrap(app, span):
    for handler in (page, by_end, policy, nonce_in_page, stream, headless, fragment, declared,
                    partial, encoded, text, events):
        app.get(f"/{handler.__name__}", handler)
    app.post("/page", page)
    app.not_found("/", missing)
    yield
"""
TAG = re.compile(
    r'<script src="/_stario/reload.js"( nonce="[^"]*")? data-stario-live="/_stario/live"'
    r' data-run="\w+-\d+" data-styles="0" data-others="0"></script>'
)


@pytest.fixture(scope="module")
def served(new_project: "Callable[[], Project]") -> "tuple[Running, Running]":
    """The same app under `watch` and under `serve`."""

    def start(command: str) -> "Running":
        project = new_project()
        project.write("main.py", APP)
        return project.start(command, "main:bootstrap")

    runs = start("watch"), start("serve")
    for running in runs:
        running.wait_for("listening")
    return runs


def ask(
    running: "Running", path: str, method: str = "GET", **fields: str
) -> tuple[HTTPResponse, bytes]:
    fields = {"accept": "text/html,*/*;q=0.8", "sec_fetch_dest": "document"} | fields
    connection = running.request(path, method, **fields)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(
    "path", ["page", "by_end", "policy", "nonce_in_page", "stream", "headless", "nowhere"]
)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_page_has_the_tag_once_and_is_else_the_same(
    served: "tuple[Running, Running]", path: str, coding: str
) -> None:
    """Whole, piece by piece, compressed or not; a length that is given is right."""
    (answer, body), (_, plain) = [
        ask(running, f"/{path}", accept_encoding=coding) for running in served
    ]
    if answer.headers["content-length"]:
        assert int(answer.headers["content-length"]) == len(body)
    if answer.headers["content-encoding"] == "gzip":
        body, plain = gzip.decompress(body), gzip.decompress(plain)
    page, count = TAG.subn("", body.decode())
    assert count == 1
    assert page == plain.decode()
    assert answer.headers["etag"] is None


@pytest.mark.parametrize(("path", "nonce"), [("policy", "abc+/_-9="), ("nonce_in_page", "n0nce")])
def test_the_tag_has_the_nonce_of_the_page(
    served: "tuple[Running, Running]", path: str, nonce: str
) -> None:
    """From the field of the policy, or from a script that has one; the policy stays as it is."""
    (answer, body), (plain, _) = [ask(running, f"/{path}") for running in served]
    assert f'<script src="/_stario/reload.js" nonce="{nonce}" ' in body.decode()
    policies = [one.headers.get_all("content-security-policy") for one in (answer, plain)]
    assert policies[0] == policies[1]


@pytest.mark.parametrize("path", ["fragment", "declared", "partial", "encoded", "text", "events"])
def test_what_is_no_page_is_left_alone(served: "tuple[Running, Running]", path: str) -> None:
    """Parts, declared lengths, codings of the app's own, text, events."""
    (_, body), (_, plain) = [ask(running, f"/{path}") for running in served]
    assert body == plain


@pytest.mark.parametrize(
    "fields",
    [
        {"accept": "*/*"},
        {"sec_fetch_dest": "empty"},
        {"sec_fetch_dest": "image"},
        {"datastar_request": "true"},
        {"method": "POST"},
    ],
)
def test_who_asks_for_no_page_gets_none_of_it(
    served: "tuple[Running, Running]", fields: dict[str, str]
) -> None:
    """Such as curl, a fetch, Datastar, and a form whose page cannot be loaded anew."""
    method = fields.pop("method", "GET")
    (answer, body), (plain, plain_body) = [
        ask(running, "/page", method, **fields) for running in served
    ]
    assert body == plain_body
    assert answer.headers["etag"] == plain.headers["etag"] == '"1"'


def test_a_head_has_the_fields_of_its_get(served: "tuple[Running, Running]") -> None:
    """The length too, and no body."""
    answer, body = ask(served[0], "/page", "HEAD")
    got, page = ask(served[0], "/page")
    assert body == b""
    assert int(answer.headers["content-length"]) == len(page)
    assert [n for n, _ in answer.getheaders()] == [n for n, _ in got.getheaders()]


@pytest.mark.parametrize("path", ["/_stario/reload.js", "/_stario/live"])
def test_in_production_our_paths_are_the_apps(served: "tuple[Running, Running]", path: str) -> None:
    """No page and no answer of `serve` has a byte of the aids for development."""
    answer, body = ask(served[1], path)
    assert answer.status == 404
    assert b"_stario" not in body
    assert b"_stario" not in ask(served[1], "/page")[1]


@pytest.mark.parametrize("line", ["1", "0", "999", "-1", "x", ""])
def test_no_variable_turns_them_on(project: "Project", line: str) -> None:
    """`watch` leaves an open line to its child; a number alone is none."""
    project.write("main.py", APP)
    running = project.start("serve", "main:bootstrap", _STARIO_WATCHED=line)
    running.wait_for("listening")
    assert b"_stario" not in ask(running, "/page")[1]


def test_serve_does_not_load_them(project: "Project") -> None:
    """What is not in the process cannot be sent."""
    project.write(
        "main.py",
        """
import sys
async def bootstrap(app, span):
    names = {name for name in sys.modules if name.startswith("stario.cli.")}
    print("loaded", sorted(names), file=sys.stderr, flush=True)
    yield
""",
    )
    told = project.start("serve", "main:bootstrap").wait_for("loaded")
    assert "'stario.cli.serving'" in told
    for name in ("development", "watching.watched", "watching.runs"):
        assert f"stario.cli.{name}" not in told


def test_the_stream_tells_the_run_and_ends_with_it(served: "tuple[Running, Running]") -> None:
    """It is the one that the page has in its tag."""
    connection = served[0].request("/_stario/live")
    answer = connection.getresponse()
    assert answer.headers["content-type"] == "text/event-stream"
    event = answer.readline().decode()
    answer.close()
    connection.close()
    run = re.search(r'data-run="([^"]+)"', ask(served[0], "/page")[1].decode())
    assert run is not None
    assert f'"id": "{run[1]}"' in event
    assert '"broken": null' in event
