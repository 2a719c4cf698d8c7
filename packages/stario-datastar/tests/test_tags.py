"""The script that loads the client, the inspector, and the face of the package."""

from typing import Any

import pytest
import stario.datastar
from stario.datastar import DATASTAR_CDN_URL, ModuleScript
from stario.debug import debug_inspector
from stario.exceptions import StarioError
from stario.markup import render

CDN = "https://cdn.jsdelivr.net/gh/starfederation/datastar@v1.0.4/bundles/datastar.js"


def test_the_client_comes_from_the_official_bundle_by_default() -> None:
    assert DATASTAR_CDN_URL == CDN
    assert render(ModuleScript()) == f'<script type="module" src="{CDN}"></script>'


def test_the_client_can_be_hosted_by_the_application() -> None:
    expected = '<script type="module" src="/static/datastar.js"></script>'
    assert render(ModuleScript("/static/datastar.js")) == expected


def test_the_face_is_that_of_the_contract() -> None:
    names = (
        "DATASTAR_CDN_URL SSE DatastarActions DatastarAttributes FileSignal ModuleScript at data "
        "read_signals"
    )
    ours = "Event InvalidSignals Limits Replay Signal Signals file_bytes last_event_id parse"
    assert sorted(stario.datastar.__all__) == sorted(f"{names} {ours}".split())
    assert all(hasattr(stario.datastar, name) for name in stario.datastar.__all__)


@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_the_inspector_sits_in_its_corner(corner: Any) -> None:
    page = render(debug_inspector(corner))
    vertical, horizontal = corner.split("-")
    assert page.startswith('<div id="__stario_debug_inspector" style="position:fixed;')
    assert f"{vertical}:1rem;{horizontal}:1rem;" in page
    assert "<pre" in page
    assert " data-json-signals></pre>" in page
    assert "<script" not in page


def test_the_inspector_can_be_dragged_and_stays_where_it_was_put() -> None:
    page = render(debug_inspector())
    assert "data-on:pointerdown=" in page
    assert "data-on:pointermove=" in page
    assert 'data-preserve-attr="style"' in page


def test_the_inspector_sits_in_a_corner_only() -> None:
    middle: Any = "middle"
    with pytest.raises(StarioError, match="corner"):
        debug_inspector(middle)
