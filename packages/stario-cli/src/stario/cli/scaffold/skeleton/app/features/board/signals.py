"""What the page keeps in the browser. It comes back as input, and is checked by this model."""

from dataclasses import dataclass
from typing import Annotated

from stario.datastar import Limits, Signals

LONGEST = 200  # characters
NOT_BLANK = r"(?s).*\S.*"


@dataclass
class Draft:
    # Without a default, so that a request without it is refused.
    text: Annotated[
        str,
        Limits(
            pattern=NOT_BLANK,
            max_length=LONGEST,
            message=f"A note has 1 to {LONGEST} characters.",
        ),
    ]


DRAFT = Signals(Draft)
