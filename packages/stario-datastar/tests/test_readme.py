"""The examples of the README run, one after the other."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stario.markup import render

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    exec("\n".join(blocks), names)
    return names


def test_the_page_of_the_readme_is_written(example: dict[str, Any]) -> None:
    page = render(example["home_view"]())
    assert """<body data-signals='{"count":0}'>""" in page
    assert "<button data-on:click=\"@post('/count')\">Count</button>" in page


@pytest.mark.parametrize(("body", "count"), [(b'{"count":2}', 3), (b'{"count":"x"}', 0), (b"", 0)])
async def test_the_handler_of_the_readme_answers(
    example: dict[str, Any],
    writer: Any,
    request_of: Callable[..., Any],
    body: bytes,
    count: int,
) -> None:
    class Context:
        req = request_of("POST", content=body)

    await example["count"](Context, writer)
    assert writer.writes[0].endswith(b'data: signals {"count":%d}\n\n' % count)


async def test_the_stream_of_the_readme_sends_what_is_published(
    example: dict[str, Any], writer: Any
) -> None:
    class Context:
        @staticmethod
        async def alive(source: Any) -> Any:
            example["board_changed"](7)
            yield await source.receive()

    await example["watch"](Context, writer)
    [sent] = writer.writes
    assert isinstance(sent, example["Event"])
    assert sent.endswith(b'data: elements <output id="score">7</output>\n\n')


def test_the_form_of_the_readme_is_written(example: dict[str, Any]) -> None:
    form = render(example["draft_form"]())
    errors = '"_errors":{"_":"","title":"","seats":""}'
    assert f"""data-signals='{{"title":"","seats":1,{errors}}}'""" in form
    assert '<p data-show="$seats &gt; 5">A large one.</p>' in form


async def test_the_form_of_the_readme_is_saved(
    example: dict[str, Any], writer: Any, request_of: Callable[..., Any]
) -> None:
    class Context:
        req = request_of("POST", content=b'{"title":"Chess","seats":"3"}')

    await example["save"](Context, writer)
    assert b'data: signals {"title":"After Chess","seats":1,"_errors":{' in writer.writes[0]
