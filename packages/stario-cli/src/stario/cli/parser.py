"""The parser of a command line, which says what a mistyped word may have been meant for.

Python 3.14 does that for choices (`suggest_on_error`), and no Python does it for options.
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from stario.cli.term import has_colour, plain


class Parser(ArgumentParser):
    """Parses the words that it is made with. Its help may list the environment variables."""

    lists_variables = False

    def __init__(self, given: Sequence[str] = (), **options: Any) -> None:
        options.setdefault("formatter_class", RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)
        self.given = given
        # Python 3.14 colours help, and by rules of its own: an empty NO_COLOR does not stop it.
        if not (has_colour(sys.stdout) and has_colour(sys.stderr)):
            setattr(self, "color", False)  # noqa: B010  (older Pythons do not know the attribute)

    def format_help(self) -> str:
        if self.lists_variables:
            from stario.cli.variables import listing

            self.epilog = f"environment variables [default]:\n{listing()}"
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        meant = "".join(f"; did you mean {near}?" for near in self._meant())
        super().error(plain(message) + meant)

    def _meant(self) -> Iterator[str]:
        """Yield what is like a word that was given and means nothing here."""
        from stario.cli.errors import nearest

        options = {name for action in self._actions for name in action.option_strings}
        choices = {str(one) for action in self._actions for one in action.choices or ()}
        for word in self.given:
            written = word.partition("=")[0]
            known = options if word.startswith("-") else choices
            if written not in known and (near := nearest(written.lower(), known)):
                yield near
