"""Where a page is on the site.

`docs/index` is the front page; a README is its folder, as it is in the repository's web view; every
other page has the path of its file.
"""

SITE = "https://stario.dev/"
FRONT = "docs/index"


def address(docname: str) -> str:
    """The path of a page below the root of the site: "docs/how-tos/testing/", "" for the front."""
    parts = output_parts(docname)
    return "/".join([*parts, ""]) if parts else ""


def text_address(docname: str) -> str:
    """The path of the page as Markdown: "docs/how-tos/testing.md"."""
    return "/".join(output_parts(docname) or ["index"]) + ".md"


def output_parts(docname: str) -> list[str]:
    """The folders of a page's index.html."""
    if docname == FRONT:
        return []
    parts = docname.split("/")
    return parts[:-1] if parts[-1] in ("README", "index") else parts
