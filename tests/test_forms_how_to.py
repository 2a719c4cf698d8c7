"""The app of docs/how-tos/forms-and-signals.md does what the page says."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pages
import pytest
import workspace
from stario import App, Span
from stario.testing import TestClient

PAGE = workspace.ROOT / "docs" / "how-tos" / "forms-and-signals.md"


@pytest.fixture
def main(tmp_path: Path) -> Any:
    """What the page defines, as a module."""
    return SimpleNamespace(**pages.run(pages.Page.read(PAGE), tmp_path))


async def test_the_page_has_the_signals_and_their_names(main: Any) -> None:
    async with TestClient(main.bootstrap) as client:
        page = (await client.get("/")).text
    assert 'data-signals=\'{"title":"","address":{"city":""},"seats":1,"tags":[],' in page
    assert '<input data-bind="address.city"' in page
    assert '<small data-text="$_errors.address.city" data-show="$_errors.address.city">' in page
    assert '<p data-show="$seats &gt; 5">' in page


@pytest.mark.parametrize("bootstrap", ["bootstrap", "bootstrap_with_error_pages"])
async def test_the_form_answers_as_the_page_says(main: Any, bootstrap: str) -> None:
    async with TestClient(getattr(main, bootstrap)) as client:

        async def save(signals: Any) -> Any:
            return await client.post("/save", json=signals, headers={"datastar-request": "true"})

        right = {"title": "Chess", "seats": "2", "address": {"city": "Oslo"}}
        assert (await save(right | {"title": "", "seats": 11})).json() == main.S.errors(
            {"title": "Please fill this in.", "seats": "Please use at most 10."}
        )
        assert (await save(right | {"title": "Stario"})).json() == main.S.errors(
            {"title": "That title is taken."}
        )
        assert (await save(right | {"tags": ["workshop"], "seats": 1})).json() == main.S.errors(
            {"": "A workshop has two seats or more."}
        )
        saved = (await save(right)).text
        assert json.loads(saved.partition("data: signals ")[2]) == main.S.defaults()
        refused = await client.post("/save", json=right)
        assert (refused.status_code, refused.text) == (400, "title: That title is taken.")


async def test_a_patch_is_sent(main: Any) -> None:
    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        app.get("/", main.suggest)
        yield

    async with TestClient(bootstrap) as client:
        answer = (await client.get("/")).text
    assert answer.endswith(
        'data: signals {"address":{"city":"Oslo"},"seats":2,"tags":["workshop"]}\n\n'
    )
