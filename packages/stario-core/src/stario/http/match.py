"""What a request matched: the pattern of its route and the values of its placeholders."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["NO_ROUTE", "RouteMatch"]


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """`pattern` is the text of the matched UrlPath; without a match it is `""`, with no params."""

    pattern: str
    params: Mapping[str, str]


NO_ROUTE = RouteMatch("", MappingProxyType({}))
