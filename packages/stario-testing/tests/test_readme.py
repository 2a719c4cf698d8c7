"""The README's examples run."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parent.parent / "README.md"
EXAMPLES: list[str] = re.findall(
    r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
)


def namespace() -> dict[str, Any]:
    """Everything that the examples up to now have defined, as if they were one file."""
    names: dict[str, Any] = {}
    for code in EXAMPLES:
        exec(compile(code, str(README), "exec"), names)
    return names


TESTS: list[str] = re.findall(r"^async def (test_\w+)", "\n".join(EXAMPLES), re.MULTILINE)


@pytest.mark.parametrize("name", TESTS)
async def test_the_examples_of_the_readme_run(name: str) -> None:
    test = namespace()[name]
    assert inspect.iscoroutinefunction(test)
    await test()


def test_the_readme_has_examples() -> None:
    assert len(TESTS) >= 5
