"""The script element that loads the Datastar client."""

from typing import TYPE_CHECKING

from stario.markup import html as h

if TYPE_CHECKING:
    from stario.markup.types import HtmlElement

DATASTAR_CDN_URL = "https://cdn.jsdelivr.net/gh/starfederation/datastar@v1.0.4/bundles/datastar.js"
"""The official bundle of the client, pinned to one version."""


def ModuleScript(src: str = DATASTAR_CDN_URL) -> "HtmlElement":
    """Write the `<script>` that loads the client; pass the address of your own copy if you host it.

    `python -m stario.datastar.client static/js` gets that copy.
    """
    return h.Script({"type": "module", "src": src})
