"""What is wrong with a page, told with its place: `docs/how-tos/testing.md:12: ...`."""


class PageError(Exception):
    """A block that does not do what the convention asks of it."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
