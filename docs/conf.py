"""The site of the documentation, made from the Markdown files of the whole repository:

uv run --group docs sphinx-build -W -b site -c docs . build/site
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from docsite.addresses import FRONT, SITE  # noqa: E402
from docsite.links import REPOSITORY  # noqa: E402

project = "Stario"
author = "The Stario authors"
copyright = author

extensions = ["docsite", "myst_parser", "sphinx_copybutton"]
root_doc = FRONT
include_patterns = [
    "docs/**",
    "packages/*/README.md",
    "packages/*/CHANGELOG.md",
    "examples/*/README.md",
    "benchmarks/README.md",
    "*.md",
]
exclude_patterns = ["README.md", "docs/_*", "**/.*", "**/node_modules"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "html_image"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
nitpicky = True
highlight_language = "text"
suppress_warnings = ["misc.highlighting_failure"]  # code is held by tests/test_docs.py

html_title = "Stario"
html_theme = "furo"
html_baseurl = SITE
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["stario.css"]
html_show_copyright = False
html_copy_source = False
html_theme_options = {
    "source_repository": REPOSITORY,
    "source_branch": "main",
    "source_directory": "",
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp, .go"
