"""A URL pattern is a constant: routes are registered with it and links are made from it.

Everything that a link needs is worked out when the pattern is built; `href` only fills in values.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from stario.exceptions import StarioError
from stario.markup.errors import shown
from stario.routing.locations import append_query_fragment, normalize_path
from stario.routing.segment import (
    Segment,
    host_labels,
    path_segments,
    segment_link,
    unique_names,
)
from stario.routing.values import host_label, host_rest, path_rest, path_value

type Encode = Callable[[str, object], str]
type Step = tuple[str, Segment, str, Encode]  # text before, segment, its exact text in a link


class Filling(NamedTuple):
    """The exact text before a placeholder, and how its value is written."""

    before: str
    name: str
    encode: Encode


@dataclass(frozen=True, slots=True, init=False, repr=False)
class UrlPath:
    """A path pattern such as `/users/{id}` or `/files/{path...}`, with or without a host pattern.

    `{name}` stands for one segment, `{name...}` for the rest of the path (or, as the first label
    of `host`, for all labels on the left). Raises StarioError for a pattern that cannot be matched.
    """

    path_text: str
    host_text: str | None
    text: str = field(compare=False)
    placeholders: frozenset[str] = field(compare=False)
    segments: tuple[Segment, ...] = field(compare=False)
    labels: tuple[Segment, ...] = field(compare=False)  # right to left
    fillings: tuple[Filling, ...] = field(compare=False)
    tail: str = field(compare=False)  # the exact text after the last placeholder

    def __init__(self, path: str, *, host: str | None = None) -> None:
        for text in (path, "" if host is None else host):
            if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise not_a_pattern(text)
        path_text = normalize_path(path)
        segments = path_segments(path_text)
        labels = () if host is None else host_labels(host)
        host_text = None if host is None else ".".join(map(str, reversed(labels)))
        text = (host_text or "") + path_text
        fillings, tail = _link_plan(labels, segments)
        put = object.__setattr__
        put(self, "path_text", path_text)
        put(self, "host_text", host_text)
        put(self, "text", text)
        put(self, "placeholders", unique_names(chain(labels, segments), text))
        put(self, "segments", segments)
        put(self, "labels", labels)
        put(self, "fillings", fillings)
        put(self, "tail", tail)

    def __repr__(self) -> str:
        if self.host_text is None:
            return f"UrlPath({self.path_text!r})"
        return f"UrlPath({self.path_text!r}, host={self.host_text!r})"

    def __truediv__(self, suffix: str) -> "UrlPath":
        """Return the pattern with `suffix` below it; slashes around `suffix` do not matter."""
        if not isinstance(suffix, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        below = suffix.strip("/")
        if not below:
            return self
        return UrlPath(f"{self.path_text}/{below}", host=self.host_text)

    def href(
        self,
        params: Mapping[str, object] | None = None,
        /,
        *,
        query: Mapping[str, object] | None = None,
        fragment: str | None = None,
        **params_kwargs: object,
    ) -> str:
        """Return a link: the pattern with a value for every placeholder.

        Values come from `params`, from keywords, or both; a keyword wins. Of `query` a value of
        None is left out and a list repeats its key. Raises StarioError for a parameter that is
        missing, unknown, or cannot stand in its place.
        """
        try:
            values = {**params, **params_kwargs} if params else params_kwargs
        except TypeError:
            raise not_values(params) from None
        link = self.format(values)
        if query is None and fragment is None:
            return link
        return append_query_fragment(link, query=query, fragment=fragment)

    def format(self, values: Mapping[str, object]) -> str:
        """Return the link for `values`, without query and fragment. Raises as `href` does."""
        try:
            has_others = values.keys() ^ self.placeholders
        except AttributeError:
            raise not_values(values) from None
        if has_others:
            raise wrong_parameters(self, values)
        link = ""
        for before, name, encode in self.fillings:
            link += before + encode(name, values[name])
        return link + self.tail


def _link_plan(
    labels: tuple[Segment, ...], segments: tuple[Segment, ...]
) -> tuple[tuple[Filling, ...], str]:
    fillings: list[Filling] = []
    text = ""
    for before, segment, link, encode in chain(_host_steps(labels), _path_steps(segments)):
        if segment.name:
            fillings.append(Filling(text + before, segment.name, encode))
            text = ""
        else:
            text += before + link
    return tuple(fillings), text if segments else f"{text}/"


def _host_steps(labels: tuple[Segment, ...]) -> Iterator[Step]:
    before = "//"
    for label in reversed(labels):
        yield before, label, label.exact, host_rest if label.rest else host_label
        before = "."


def _path_steps(segments: tuple[Segment, ...]) -> Iterator[Step]:
    for segment in segments:
        link = segment_link(segment.exact)
        yield "/", segment, link, path_rest if segment.rest else path_value


def not_a_pattern(value: object) -> StarioError:
    return StarioError(
        f"A pattern is text, not {shown(value)}.",
        help_text="The path comes first, also for middleware and for answers by scope.",
        example='app.use("/", middleware)',
    )


def not_values(values: object) -> StarioError:
    return StarioError(
        f"The values of a link have names: {shown(values)} has none.",
        help_text="Give each value as a keyword, or all of them in a mapping.",
        example='UrlPath("/users/{id}").href(id=7)',
    )


def wrong_parameters(pattern: UrlPath, values: Mapping[str, object]) -> StarioError:
    missing = sorted(pattern.placeholders - values.keys())
    unknown = sorted(map(str, values.keys() - pattern.placeholders))
    return StarioError(
        f"{pattern.text!r} cannot be filled in with these parameters.",
        context={"missing": missing, "unknown": unknown},
        help_text=(
            "Give each placeholder exactly one value. Query parameters go into query=; a"
            " placeholder called 'query' or 'fragment' gets its value from a mapping."
        ),
    )
