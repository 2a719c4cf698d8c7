"""Pages that tell a developer what went wrong. They need no file, no script and no network.

Whatever comes from a request, a value or a file is escaped where it is put in.
"""

from collections.abc import Callable, Iterable, Mapping
from html import escape as e
from traceback import format_exception
from urllib.parse import unquote_plus

from stario.cli.development.frames import Frame, Raised, chain_of
from stario.cli.development.redacted import HIDDEN, hiding_in_paths, is_secret, without_secrets
from stario.cli.development.span_tree import SpanLine
from stario.http.context import Context
from stario.http.request import Request

# Nothing but our own script runs on these pages, whatever got into them.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'"
)
_LONGEST = 2000  # characters of a message, a path, a value of the request
_LONGEST_TITLE = 200

type _Hide = Callable[[str], str]

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
h1 { color: light-dark(#b00020, #ff6b81); font-size: 1.4rem; overflow-wrap: anywhere }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem }
pre, code, td, th, summary { font: 13px/1.5 ui-monospace, monospace }
pre { background: light-dark(#f4f4f6, #1d1d22); border-radius: 6px; padding: .8rem }
pre { overflow-x: auto }
td, th { overflow-wrap: anywhere; padding: 0 1rem 0 0; text-align: left; vertical-align: top }
th { font-weight: normal; opacity: .7; white-space: nowrap }
mark { background: light-dark(#ffdce0, #5c1a26); color: inherit; display: inline-block }
mark { min-width: 100% }
details { margin: .3rem 0 }
"""


def page(title: str, body: str, head: str = "") -> str:
    """Return a document. `body` and `head` are HTML; the title is text."""
    whole = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{e(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style>{head}</head><body><main>{body}</main></body></html>"
    )
    return _sendable(whole)


def broken_page(tag: str, broken: Mapping[str, str]) -> str:
    """Return the page for an app that cannot start; `tag` brings it up to date when it can."""
    title, text = broken["title"], broken["text"]
    body = (
        f"<h1>{e(title)}</h1><pre>{e(text)}</pre>"
        "<p>This page reloads when the files are repaired.</p>"
    )
    return page(title, body, tag)


def failure_page(c: Context, error: BaseException, spans: list[SpanLine]) -> str:
    """Return the page for a request that failed: the exception, the spans, the request."""
    hide = _hide_in_paths(c)
    chain = chain_of(error)
    title = f"{chain[0].kind}: {hide(without_secrets(chain[0].message)[:_LONGEST_TITLE])}"
    parts = [*(_raised(one, hide) for one in chain), _spans(spans, hide), _request(c, hide)]
    return page(title, "".join(parts))


def failure_text(c: Context, error: BaseException) -> str:
    """Return the same in short, for a terminal."""
    head = f"{c.req.method} {_path(c.req)}\n\n"
    return _sendable(_hide_in_paths(c)(head + "".join(format_exception(error))))


def _hide_in_paths(c: Context) -> _Hide:
    return hiding_in_paths(c.route.params, c.req.raw_path)


def _raised(raised: Raised, hide: _Hide) -> str:
    how = f"{raised.how} " if raised.how else ""
    heading = f"{how}{raised.kind}: {hide(without_secrets(raised.message[:_LONGEST]))}"
    level = "h2" if how else "h1"
    frames = raised.frames
    last = max((place for place, one in enumerate(frames) if one.is_own), default=len(frames) - 1)
    shown = (_frame(one, hide, is_open=place == last) for place, one in enumerate(frames))
    return f"<{level}>{e(heading)}</{level}>{''.join(shown)}"


def _frame(frame: Frame, hide: _Hide, *, is_open: bool) -> str:
    variables = ((name, hide(value)) for name, value in frame.variables)
    source = "\n".join(_line(number, text, frame.line) for number, text in frame.source)
    opened = " open" if is_open else ""
    return (
        f"<details{opened}><summary>{e(frame.file)}:{frame.line} in {e(frame.function)}</summary>"
        f"<pre>{source}</pre>{_table(variables)}</details>"
    )


def _line(number: int, text: str, failing: int) -> str:
    told = f"{number:>5}  {e(text)}"
    return f"<mark>{told}</mark>" if number == failing else told


def _spans(spans: list[SpanLine], hide: _Hide) -> str:
    if not spans:
        return "<h2>Spans</h2><p>The tracer records none (STARIO_TRACER).</p>"
    lines = (
        e(hide(f"{'  ' * one.depth}{one.name}  {one.state}  {one.attributes}")) for one in spans
    )
    return f"<h2>Spans</h2><pre>{'\n'.join(lines)}</pre>"


def _request(c: Context, hide: _Hide) -> str:
    req = c.req
    about = [
        ("method", req.method),
        ("path", hide(_path(req))),
        ("route", c.route.pattern or "(none)"),
        *((f"{{{name}}}", _hidden(name, value)) for name, value in c.route.params.items()),
        *((f"?{name}", value) for name, value in _parameters(req)),
    ]
    fields = [(name, hide(_hidden(name, value))) for name, value in req.headers.items()]
    return f"<h2>Request</h2>{_table(about)}<h2>Headers</h2>{_table(fields)}"


def _path(req: Request) -> str:
    return req.raw_path[:_LONGEST]


def _parameters(req: Request) -> Iterable[tuple[str, str]]:
    for pair in filter(None, req.query_bytes.decode("latin-1")[:_LONGEST].split("&")):
        name, _, value = map(unquote_plus, pair.partition("="))
        yield name, _hidden(name, value)


def _hidden(name: str, value: str) -> str:
    return HIDDEN if is_secret(name) else without_secrets(value[:_LONGEST])


def _table(rows: Iterable[tuple[str, str]]) -> str:
    told = "".join(f"<tr><th>{e(name)}</th><td>{e(value)}</td></tr>" for name, value in rows)
    return f"<table>{told}</table>" if told else ""


def _sendable(text: str) -> str:
    """Spell out what UTF-8 has no form for, such as half of a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode()
