"""The plan of a template: its literal text and its slots."""

from collections.abc import Sequence

from stario.markup.templates.slots import Slot


class Plan:
    """`literals[n]` comes before `slots[n]`, and `tail` at the end. `uses` counts its fillings."""

    __slots__ = ("literals", "slots", "tail", "uses")

    def __init__(self, literals: Sequence[str], slots: Sequence[Slot], tail: str) -> None:
        self.literals = tuple(literals)
        self.slots = tuple(slots)
        self.tail = tail
        self.uses = 0
