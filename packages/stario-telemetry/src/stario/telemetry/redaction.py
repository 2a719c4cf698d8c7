"""What no sink may see: values whose names tell that they are secrets.

A span asks when it is told something, so a secret is never in it, and a tracer that shows open
spans shows none. What was harmless once is remembered by its name, so that it costs a look into a
set. Values within values are asked for their keys, as are parameters within a query.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import translate
from typing import Any, cast
from urllib.parse import unquote_plus

HIDDEN = "[redacted]"

# Compared in lower case, with "-" for "_", and with the last part of a dotted name too.
SECRETS = (
    "*authorization",
    "*cookie",
    "*cookies",
    "*password",
    "*passwd",
    "*passphrase",
    "*secret",
    "*secret-key",
    "*token",
    "*api-key",
    "*apikey",
    "*access-key",
    "*private-key",
    "*credentials",
)
# Values under these names are looked at as URLs or queries.
_QUERIES = frozenset(
    {"query", "query-string", "url", "full", "uri", "target", "href", "location", "referer"}
)
_BETWEEN = re.compile(r"([&;?#\s])")
_USERINFO = re.compile(r"(?<=://)[^/?#@\s]*@")

# Values of these types cannot change. A span that holds no others can be encoded any time later.
PLAIN = frozenset({str, int, float, bool, type(None)})

_KNOWN_MAX = 4096
_NAME_MAX = 256
_MAX_DEPTH = 32  # as deep as values are written


class Redaction:
    """Knows which names hide their values: `SECRETS`, and those of `names`.

    `names` may hold the wildcards of `fnmatch`. One without a dot is compared with the last part of
    a dotted name too: `iban` hides `user.iban`.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = tuple(names)
        patterns = map(_spelled, (*SECRETS, *self.names))
        self._matches = re.compile("|".join(map(translate, patterns))).match
        # Names whose values need no look. Filled while it is used, and never for long.
        self.harmless: set[Any] = set()

    def __repr__(self) -> str:
        return f"Redaction({self.names!r})"

    def hides(self, name: object) -> bool:
        """Tell whether the value of this name is a secret; one that is too long for a name is."""
        spelled = _spelled(str(name))
        if len(spelled) > _NAME_MAX:
            return True
        last = spelled.rpartition(".")[2]
        if self._matches(spelled) or self._matches(last):
            return True
        if last not in _QUERIES and isinstance(name, str):
            if len(self.harmless) >= _KNOWN_MAX:
                self.harmless.clear()
            self.harmless.add(name)
        return False

    def shown(self, name: object, value: Any) -> Any:
        """Return what may be kept of a value: itself, where there is nothing to hide."""
        return self._shown(name, value, ())

    def _shown(self, name: object, value: Any, above: tuple[int, ...]) -> Any:
        if name not in self.harmless and self.hides(name):
            return HIDDEN
        if type(value) is str:
            return value if name in self.harmless else self._query(value)
        return value if type(value) in PLAIN else self._inside(value, above)

    def _query(self, text: str) -> str:
        """Return a URL or a query without the secrets in it."""
        if "=" in text:
            text = "".join(map(self._parameter, _BETWEEN.split(text)))
        return _USERINFO.sub(f"{HIDDEN}@", text)

    def _parameter(self, text: str) -> str:
        name, sign, _ = text.partition("=")
        return f"{name}={HIDDEN}" if sign and self.hides(unquote_plus(name)) else text

    def _inside(self, value: Any, above: tuple[int, ...]) -> Any:
        """Return `value`, or what it is without the secrets in it."""
        if id(value) in above or len(above) >= _MAX_DEPTH:
            return value
        above = (*above, id(value))
        if isinstance(value, list | tuple):
            return self._listed(cast("list[Any] | tuple[Any, ...]", value), above)
        if not isinstance(value, Mapping) and not callable(getattr(value, "items", None)):
            return value
        pairs: list[tuple[Any, Any]] = list(cast("Mapping[Any, Any]", value).items())
        shown = [(name, self._shown(name, item, above)) for name, item in pairs]
        # What has items and is no mapping, as the headers of a request are, is written by its repr.
        same = all(new is old for (_, new), (_, old) in zip(shown, pairs, strict=True))
        is_mapping = isinstance(value, Mapping)
        return cast("object", value) if same and is_mapping else dict(shown)

    def _listed(self, value: list[Any] | tuple[Any, ...], above: tuple[int, ...]) -> Any:
        match value:
            case (str() as name, item) if self.hides(name):  # a field among others
                return [name, HIDDEN] if item is not None else value
            case _:
                shown = [
                    item if type(item) in PLAIN else self._inside(item, above)
                    for item in list(value)
                ]
        same = all(new is old for new, old in zip(shown, value, strict=False))
        return value if same else shown


def _spelled(name: str) -> str:
    return name.lower().replace("_", "-")


DEFAULT_REDACTION = Redaction()
