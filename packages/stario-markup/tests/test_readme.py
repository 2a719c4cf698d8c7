"""The README's examples run, in order, and print what they say."""

import contextlib
import io
import re
import sys
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
CODE = r"```python\n(?P<code>.*?)```"
OUTPUT = r"```(?:html|text)\n(?P<output>.*?)```"
BLOCK = re.compile(rf"{CODE}(?:\n\n{OUTPUT})?", re.DOTALL)
T_STRING = re.compile(r"\bt[\"']")


def test_the_examples_of_the_readme_run() -> None:
    names: dict[str, object] = {"__name__": "readme"}
    for block in BLOCK.finditer(README):
        if T_STRING.search(block["code"]) and sys.version_info < (3, 14):
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block["code"], "README.md", "exec"), names)
        assert printed.getvalue() == (block["output"] or "")
