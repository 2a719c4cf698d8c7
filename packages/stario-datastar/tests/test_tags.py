"""The script that loads the client, the inspector, and the face of the package."""

import re
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
def test_the_inspector_is_told_its_corner(corner: Any) -> None:
    page = render(debug_inspector(corner))
    assert page.startswith('<div id="__stario_debug_inspector" data-ignore-morph data-init="')
    assert page.endswith("<pre data-json-signals></pre></div>")
    assert f"(el, '{corner}')" in page


def test_the_inspector_needs_no_script_style_or_signal_of_its_own() -> None:
    page = render(debug_inspector())
    for what in ("<script", "<style", "style=", "data-signals", "data-bind", "src=", "href="):
        assert what not in page


def test_the_client_finds_no_action_or_signal_in_the_script_of_the_inspector() -> None:
    """It would rewrite `@name(` and `$name` wherever they stand."""
    page = render(debug_inspector())
    assert re.search(r"@\w+\(|\$\w", page) is None


def test_the_inspector_sits_in_a_corner_only() -> None:
    middle: Any = "middle"
    with pytest.raises(StarioError, match="corner"):
        debug_inspector(middle)
