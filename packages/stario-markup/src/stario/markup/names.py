"""What an attribute may be called (HTML section 13.1.2.3): nothing that could end the name."""

from stario.markup.complaints import bad_attribute_name

_FORBIDDEN = frozenset("\"'<>/=&`\\ \xa0").union(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))


def checked_name(name: object) -> str:
    """The name as plain text. Raises StarioError for one that could end itself."""
    if not isinstance(name, str) or not name or not _FORBIDDEN.isdisjoint(name):
        raise bad_attribute_name(name)
    if not name.isascii() and any(map(_is_space_or_surrogate, name)):
        raise bad_attribute_name(name)
    return str.__str__(name)


def _is_space_or_surrogate(character: str) -> bool:
    return character.isspace() or "\ud800" <= character <= "\udfff"
