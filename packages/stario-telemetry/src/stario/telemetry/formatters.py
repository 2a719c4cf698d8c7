"""Values as JSON text: compact, UTF-8 unescaped, always valid, and never two lines.

The C encoder writes what JSON knows. What it refuses (not finite floats, odd keys, circles, values
whose `str()` fails) is rebuilt value by value and then written. Control characters that terminals
obey are escaped, lone surrogates become U+FFFD, so text from a request can forge nothing.
"""

import json
import json.encoder
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

# DEL and C1, the Arabic letter mark, bidi marks and overrides, line and paragraph separators.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

# Deeper values are cut off: nobody reads them, and their JSON is refused by readers.
_MAX_DEPTH = 32


def _make_encoder() -> Callable[[Any], str]:
    """Return the compact encoder: the C one without `JSONEncoder.encode`'s set-up per call."""
    slow = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str
    ).encode
    try:
        make, quote = _part("c_make_encoder"), _part("encode_basestring")
        chunks = make(None, str, quote, None, ":", ",", False, False, False)
        if "".join(chunks({"a": [1, "é"]}, 0)) == '{"a":[1,"é"]}':
            return lambda value: "".join(chunks(value, 0))
    except (AttributeError, TypeError):
        pass
    return slow


def _part(name: str) -> Callable[..., Any]:
    # Not public: a Python without it, or with another signature, gets the slower encoder.
    return getattr(json.encoder, name)


_encode = _make_encoder()
# Of text alone this costs a third of what the encoder above takes to begin.
_quote = json.JSONEncoder(ensure_ascii=False).encode


def clean(text: str) -> str:
    """Return `text` with lone surrogates replaced, so that every database and file takes it."""
    if text.isascii():
        return text
    return _SURROGATE.sub("\ufffd", text)


def ascii_only(text: str) -> str:
    """Return JSON text in ASCII, for an output that cannot take all of Unicode."""
    return _NOT_ASCII.sub(_escaped, text)


class JsonFormatter:
    """Writes values as JSON text and counts those that had to be given up."""

    def __init__(self) -> None:
        self.failures = 0

    def text(self, value: Any) -> str:
        """Return one line of valid JSON, whatever `value` holds."""
        try:
            text = _encode(value)
        except Exception:
            text = _encode(self._plain(value, ()))
        return _harmless(text)

    def quoted(self, text: str) -> str:
        """Return what `text` returns for a text, sooner."""
        return _harmless(_quote(text)) if type(text) is str else self.text(text)

    def _plain(self, value: Any, above: tuple[int, ...]) -> Any:
        """Return `value` rebuilt from what JSON can write; `above` are the ids around it."""
        if isinstance(value, Mapping | list | tuple):
            if id(cast("object", value)) in above or len(above) >= _MAX_DEPTH:
                return self._given_up(cast("object", value))
            return self._container(value, (*above, id(cast("object", value))))
        if value is None or value is True or value is False:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else str(value)
        return self._scalar(value)

    def _container(self, value: Any, above: tuple[int, ...]) -> Any:
        if isinstance(value, Mapping):
            pairs = _copied(cast("Mapping[Any, Any]", value).items())
            return {self._key(key): self._plain(item, above) for key, item in pairs}
        return [self._plain(item, above) for item in _copied(value)]

    def _key(self, key: Any) -> str:
        try:
            return _encode(key) if isinstance(key, int | None) else str(key)
        except Exception:
            return self._given_up(key)

    def _scalar(self, value: Any) -> Any:
        try:
            json_text = str(value)
            return int(value) if isinstance(value, int) else json_text
        except Exception:
            return self._given_up(value)

    def _given_up(self, value: Any) -> str:
        self.failures += 1
        return f"<{type(value).__name__}>"


def _harmless(text: str) -> str:
    if text.isascii() and "\x7f" not in text:
        return text
    return _OBEYED.sub(_escaped, clean(text))


def _copied(items: Any) -> list[Any]:
    """Return a list of `items`, which another thread may be changing."""
    for _ in range(3):
        try:
            return list(items)
        except RuntimeError:
            continue
    return []


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
