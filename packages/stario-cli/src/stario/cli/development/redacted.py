"""Values as a page may show them: not longer than a line or two, and without secrets.

A secret is known by its name: that of a variable, a key, a header, a parameter. A `repr` is
anybody's code, so it may fail, and what it says is searched as well.
"""

import re
from collections.abc import Callable, Mapping
from reprlib import Repr
from typing import Any, cast
from urllib.parse import unquote

HIDDEN = "‹hidden›"
_LONGEST = 300  # characters of a value

_WORDS = (
    r"passw|pwd|passphrase|secret|token|cookie|authoriz|authoris|authent|api_?key|api-key|apikey"
    r"|credential|session|csrf|xsrf|private|signature|jwt|otp\b"
)
_SECRET = re.compile(_WORDS, re.I)
# `password='x'`, `'token': 'x'`, `('cookie', 'x')`, `sid-token=x&…`, in a text of any kind.
_TOLD = re.compile(
    rf"""([\w-]*(?:{_WORDS})[\w-]*\\?["']?\s*[=:,]\s*)"""
    r"""(b?'(?:[^'\\]|\\.)*'?|b?"(?:[^"\\]|\\.)*"?|[^\s,;&)\]}'"]+(?:\s[^\s,;&)\]}'"=:]+)?)""",
    re.I,
)
_LAST_SEGMENT = re.compile(r"(?<=/)[^/…]+(?=…|\Z)")


def is_secret(name: str) -> bool:
    """Say whether what has this name is not to be shown."""
    return _SECRET.search(name) is not None


def shown(name: str, value: object) -> str:
    """Return a value as a short text; `HIDDEN` where its name is that of a secret."""
    return HIDDEN if is_secret(name) else _cut(without_secrets(_short.repr(value)))


def without_secrets(text: str) -> str:
    """Return a text in which the values of what is named like a secret are hidden."""
    return _TOLD.sub(rf"\g<1>{HIDDEN}", text)


def hiding_in_paths(params: Mapping[str, str], raw_path: str) -> Callable[[str], str]:
    """Return what hides the values of secret parameters of a route where a text has their path.

    As they stand on the wire and decoded, since spans and reprs of a request have either. A text
    that was cut may end within one, and then shows nothing of it.
    """
    secret = {
        part for name, value in params.items() if is_secret(name) for part in value.split("/")
    }
    forms = secret | {raw for raw in raw_path.split("/") if unquote(raw) in secret}
    known = sorted(filter(None, forms), key=len, reverse=True)
    if not known:
        return lambda text: text
    segment = re.compile(rf"(?<=/)(?:{'|'.join(map(re.escape, known))})(?![\w%~.-])")

    def without_start(found: re.Match[str]) -> str:
        return HIDDEN if any(one.startswith(found[0]) for one in known) else found[0]

    return lambda text: _LAST_SEGMENT.sub(without_start, segment.sub(HIDDEN, text))


class _Short(Repr):
    """Reprs of a few items, a few levels deep; names are looked at before anything is cut."""

    def repr1(self, x: Any, level: int) -> str:
        try:
            value: object = x
            if isinstance(value, Mapping):  # of any kind
                return self.repr_dict(dict(cast("Mapping[Any, Any]", value)), level)
            return super().repr1(value, level)
        except Exception as error:
            return f"<{type(x).__name__}, whose repr raised {type(error).__name__}>"

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        if level <= 0:
            return "{…}"
        items = [
            f"{self.repr1(key, level - 1)}: {self._item(key, value, level - 1)}"
            for key, value in list(x.items())[: self.maxdict]
        ]
        return "{" + ", ".join([*items, *["…"] * (len(x) > self.maxdict)]) + "}"

    def repr_str(self, x: str, level: int) -> str:
        return _cut(repr(without_secrets(_cut(x, 4 * _LONGEST))))

    def repr_bytes(self, x: bytes, level: int) -> str:
        return _cut(without_secrets(repr(x[:_LONGEST])))

    def repr_instance(self, x: Any, level: int) -> str:
        return _cut(without_secrets(repr(x)))

    def _item(self, key: object, value: object, level: int) -> str:
        return HIDDEN if is_secret(str(key)) else self.repr1(value, level)


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else text[:longest] + "…"


_short = _Short()
_short.maxlevel = 4
_short.maxdict = _short.maxlist = _short.maxtuple = _short.maxset = 20
