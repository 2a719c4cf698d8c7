"""Names written side by side in one text."""


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())
