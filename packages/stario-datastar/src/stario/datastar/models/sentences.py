"""What the people who fill in a form read about a field: one sentence, what to do.

They never repeat what was sent. `Limits(message=...)` replaces them, and says it in any language.
"""

from collections.abc import Iterable

FILL_IN = "Please fill this in."
CHOOSE = "Please choose one."
TEXT = "Please enter text."
NO_TEXT = "Please remove the characters that are not text."
WHOLE_NUMBER = "Please enter a whole number."
NUMBER = "Please enter a number."
YES_OR_NO = "Please choose yes or no."
NOTHING = "Please leave this empty."
DATE = "Please enter a date, such as 2026-01-31."
DATE_AND_TIME = "Please enter a date and a time, such as 2026-01-31T12:30."
TIME = "Please enter a time, such as 12:30."
ZONE = "Please enter a time with its time zone."
NO_ZONE = "Please enter a time without a time zone."
IDENTIFIER = "Please enter an identifier, such as 123e4567-e89b-12d3-a456-426614174000."
LIST = "Please give a list."
GROUP = "Please fill in the fields of this group."
FORM = "This does not have the right format."
FILE = "Please choose a file."
BROKEN_FILE = "This file did not arrive completely. Please choose it again."
NO_ALTERNATIVE = "This is not a value that is allowed here."
CHANGED = "It would come back as another value."
WRONG = "This cannot be right."

_CHOICES_SHOWN = 10


def at_least(bound: object, unit: str = "") -> str:
    return f"Please use at least {_amount(bound, unit)}."


def at_most(bound: object, unit: str = "") -> str:
    return f"Please use at most {_amount(bound, unit)}."


def more_than(bound: object) -> str:
    return f"Please use more than {bound}."


def less_than(bound: object) -> str:
    return f"Please use less than {bound}."


def one_of(choices: Iterable[object]) -> str:
    names = [str(choice) for choice in choices if choice != ""]
    if not 1 < len(names) <= _CHOICES_SHOWN:
        return CHOOSE
    return f"Please choose one of {', '.join(names)}."


def exactly(count: int) -> str:
    return f"Please give exactly {_amount(count, 'entry')}."


def in_entry(place: object, sentence: str) -> str:
    return f"Entry {place}: {sentence}"


def _amount(bound: object, unit: str) -> str:
    if not unit:
        return str(bound)
    plural = "entries" if unit == "entry" else f"{unit}s"
    return f"{bound} {unit if bound == 1 else plural}"
