"""Subjects and patterns: what is one, and what covers what.

A subject is segments joined with dots. A pattern is a subject, or one that ends in `.*` for
everything below it, or `*` for all.
"""

from stario.exceptions import StarioError
from stario.markup.errors import shown


def is_subject(text: str) -> bool:
    return bool(text) and "*" not in text and ".." not in text and text[0] != "." != text[-1]


def is_pattern(text: object) -> bool:
    return isinstance(text, str) and (text == "*" or is_subject(text.removesuffix(".*")))


def prefix_of(pattern: str) -> str | None:
    """Return what the subjects of a wildcard begin with, `""` for all, None for a plain subject."""
    return pattern[:-2] if pattern.endswith("*") else None


def collapsed(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Drop what another pattern covers, so that no subject is matched twice."""
    wildcards = {prefix for prefix in map(prefix_of, patterns) if prefix is not None}
    return tuple(one for one in dict.fromkeys(patterns) if not _is_covered(one, wildcards))


def _is_covered(pattern: str, wildcards: set[str]) -> bool:
    rest = pattern if (prefix := prefix_of(pattern)) is None else prefix
    while rest:
        rest = rest.rpartition(".")[0]
        if rest in wildcards:
            return True
    return False


def bad_subject(subject: str) -> StarioError:
    """The complaint of `publish`."""
    return StarioError(
        f"{shown(subject)} is no subject.",
        context={"subject": subject},
        help_text="A subject is one or more non-empty segments joined with dots, without '*'.",
        example='relay.publish("room.7.joined", user)',
    )


def bad_pattern(pattern: str) -> StarioError:
    """The complaint of `subscribe` about one pattern."""
    return StarioError(
        f"{shown(pattern)} is no pattern.",
        context={"pattern": pattern},
        help_text="A pattern is a text: a subject, a subject and '.*' for all below it, or '*' for"
        " all. Several are arguments of their own.",
        example='relay.subscribe("room.7.*")',
    )


def no_pattern() -> StarioError:
    """The complaint of `subscribe` without arguments."""
    return StarioError(
        "A subscription needs a pattern.",
        help_text="Name the subjects, or subscribe to '*' for all of them.",
        example='relay.subscribe("room.7.*")',
    )
