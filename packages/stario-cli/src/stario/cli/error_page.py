"""Pages that tell a developer what went wrong. They need no file, no script and no network."""

from collections.abc import Mapping
from html import escape

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
h1 { color: light-dark(#b00020, #ff6b81); font-size: 1.4rem; overflow-wrap: anywhere }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem }
pre, code, td { font: 13px/1.5 ui-monospace, monospace }
pre { background: light-dark(#f4f4f6, #1d1d22); border-radius: 6px; padding: .8rem }
pre { overflow-x: auto }
"""


def page(title: str, body: str, head: str = "") -> str:
    """Return a document. `body` and `head` are HTML; the title is text."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style>{head}</head><body>{body}</body></html>"
    )


def broken_page(tag: str, broken: Mapping[str, str]) -> str:
    """Return the page for an app that cannot start; `tag` brings it up to date when it can."""
    title, text = broken["title"], broken["text"]
    body = (
        f"<main><h1>{escape(title)}</h1><pre>{escape(text)}</pre>"
        "<p>This page reloads when the files are repaired.</p></main>"
    )
    return page(title, body, tag)
