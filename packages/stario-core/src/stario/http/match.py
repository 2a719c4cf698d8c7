"""What a request matched: the pattern of its route and the values of its placeholders."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["NO_ROUTE", "RouteMatch"]


@dataclass(frozen=True, slots=True, init=False)
class RouteMatch:
    """`pattern` is the text of the matched UrlPath; without a match it is `""`, with no params."""

    pattern: str
    params: Mapping[str, str]

    def __init__(self, pattern: str, params: Mapping[str, str]) -> None:
        # One is made for every new path with placeholders; to set the slots takes half the time.
        _put_pattern(self, pattern)
        _put_params(self, params)


_put_pattern = RouteMatch.__dict__["pattern"].__set__
_put_params = RouteMatch.__dict__["params"].__set__

NO_ROUTE = RouteMatch("", MappingProxyType({}))
