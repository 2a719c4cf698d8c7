"""Who takes part: the views, what is installed for them, and what an application imports."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MARKUP = HERE.parent.parent / "packages" / "stario-markup"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to write the pages; contenders of one `peer` share a virtual environment."""

    name: str
    views: str
    peer: str
    imports: str


# What is installed for each peer, pinned.
REQUIREMENTS = {
    "ours": ["--editable", str(MARKUP)],
    "stario-4.3": ["stario==4.3.0"],
    "minijinja": ["minijinja==3.0.5"],
    "simple_html": ["simple-html==3.1.1"],
    "jinja2": ["jinja2==3.1.6", "markupsafe==3.0.4"],
    "django": ["django==6.1.3"],
    "tdom": ["tdom==0.1.20", "markupsafe==3.0.4"],
    "htpy": ["htpy==26.5.1", "markupsafe==3.0.4"],
    "htmy": ["htmy==0.13.6"],
    "fasthtml": ["python-fasthtml==0.14.14", "fastcore==2.2.39"],
    "dominate": ["dominate==2.9.1"],
}

LIMIT = Contender("f-string", "fstring_views", "ours", "from html import escape")
CONTENDERS = (
    Contender("baked", "baked_views", "ours", "from stario.markup import baked, html, render"),
    Contender("t-strings", "tstring_views", "ours", "from stario.markup import render"),
    Contender("plain", "plain_views", "ours", "from stario.markup import html, render"),
    Contender(
        "stario 4.3 baked",
        "baked_views",
        "stario-4.3",
        "from stario.markup import baked, html, render",
    ),
    Contender(
        "stario 4.3 plain", "plain_views", "stario-4.3", "from stario.markup import html, render"
    ),
    Contender("minijinja", "minijinja_views", "minijinja", "from minijinja import Environment"),
    Contender("simple_html", "simple_html_views", "simple_html", "from simple_html import render"),
    Contender("jinja2", "jinja2_views", "jinja2", "from jinja2 import Environment"),
    Contender("django", "django_views", "django", "from django.template import Engine"),
    Contender("tdom", "tdom_views", "tdom", "from tdom import html"),
    Contender("htpy", "htpy_views", "htpy", "from htpy import html"),
    Contender("htmy", "htmy_views", "htmy", "from htmy import Renderer, html"),
    Contender("fasthtml", "fasthtml_views", "fasthtml", "from fasthtml.common import to_xml, Div"),
    Contender("dominate", "dominate_views", "dominate", "from dominate import tags"),
)
