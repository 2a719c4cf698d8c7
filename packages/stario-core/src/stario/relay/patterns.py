"""Subjects and patterns: what is one, and what covers what.

A subject is segments joined with dots. A pattern is a subject, or one that ends in `.*` for
everything below it, or `*` for all.
"""

from stario.exceptions import StarioError
from stario.markup.errors import shown


def is_subject(text: object) -> bool:
    return isinstance(text, str) and "*" not in text and ".." not in f".{text}."


def is_pattern(text: object) -> bool:
    return isinstance(text, str) and (text == "*" or is_subject(text.removesuffix(".*")))


def prefix_of(pattern: str) -> str | None:
    """Return what the subjects of a wildcard begin with, `""` for all, None for a plain subject."""
    return pattern[:-2] if pattern.endswith("*") else None


def checked_patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the patterns without what another one covers, so that no subject is matched twice."""
    if not patterns:
        raise no_pattern()
    for pattern in patterns:
        if not is_pattern(pattern):
            raise bad_pattern(pattern)
    wildcards = {prefix for prefix in map(prefix_of, patterns) if prefix is not None}
    return tuple(one for one in dict.fromkeys(patterns) if not _is_covered(one, wildcards))


def _is_covered(pattern: str, wildcards: set[str]) -> bool:
    rest = pattern if (prefix := prefix_of(pattern)) is None else prefix
    while rest:
        rest = rest.rpartition(".")[0]
        if rest in wildcards:
            return True
    return False


def bad_subject(subject: object) -> StarioError:
    return StarioError(
        f"{shown(subject)} is not a subject.",
        context={"subject": subject},
        help_text="A subject is text: segments joined with dots, none of them empty, without '*'.",
        example='relay.publish("room.7.joined", user)',
    )


def bad_pattern(pattern: object) -> StarioError:
    return StarioError(
        f"{shown(pattern)} is not a pattern.",
        context={"pattern": pattern},
        help_text="A pattern is a subject, or a subject and '.*' for all below it, or '*' for all."
        " Give each pattern as an argument of its own.",
        example='relay.subscribe("room.7.*")',
    )


def no_pattern() -> StarioError:
    return StarioError(
        "A subscription needs a pattern.",
        help_text="Name the subjects, or subscribe to '*' for all of them.",
        example='relay.subscribe("room.7.*")',
    )
