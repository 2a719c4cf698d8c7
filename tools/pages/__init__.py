"""The pages of the documentation, and how their code is run.

A page is Markdown. What it shows is code that runs, from top to bottom, in a folder of its own:

* Blocks of ```python share one namespace, and may use `await` outside a function. A block whose
  first line is a comment with a path (`# app/features/room/urls.py`) is that file instead: it is
  written where it stands, and imported at the end of the page. A later block with the same path
  replaces it, or goes on with it when the line ends in `(continued)`. Other languages write files
  in the same way, with comments of their own. Files called `test_*.py` are run by pytest.
* What is called `bootstrap` is started. Functions of the namespace that are called `test_…` and
  take nothing are called.
* `<!-- run: ... -->` holds Python that runs where it stands, unseen; `<!-- check: ... -->` the same
  behind a block, with what has to be true.
* ```pycon is a doctest. Commands of `stario` in ```bash and ```console are read by its own parser,
  other commands have to be known. ```sql is asked of a file of traces. ```json, ```toml and ```html
  are parsed.
* `<!-- not run: reason -->` leaves out the block behind it, and is counted.

`blocks` reads a page, `run` runs it, `languages` and `commands` know what is not Python.
"""

from pages.blocks import Block, Page
from pages.errors import PageError
from pages.run import run

__all__ = ["Block", "Page", "PageError", "run"]
