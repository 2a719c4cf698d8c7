"""The site of the documentation: an extension of Sphinx, loaded by docs/conf.py.

The sources are the Markdown files of the repository where they lie, so that links between them work
in the repository's web view as well. `addresses` says where a page is on the site, `links` what a
link of a page leads to, `api` writes the pages of the public names, `texts` the site as plain text.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders.dirhtml import DirectoryHTMLBuilder

from docsite import api, links, texts
from docsite.addresses import address, output_parts

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class SiteBuilder(DirectoryHTMLBuilder):
    """Pages as folders with an index.html, at the addresses of `addresses`."""

    name = "site"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return address(docname)

    def get_output_path(self, page_name: str, /) -> Path:
        return Path(self.outdir, *output_parts(page_name), "index.html")


def setup(app: "Sphinx") -> dict[str, Any]:
    app.add_builder(SiteBuilder)
    app.connect("builder-inited", api.write_pages)
    app.connect("source-read", links.on_source_read)
    app.connect("html-page-context", texts.on_page_context)
    app.connect("build-finished", texts.write_texts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
