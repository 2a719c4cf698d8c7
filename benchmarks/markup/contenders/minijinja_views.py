"""MiniJinja, the engine in Rust, which escapes in templates called `*.html`."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Sequence

from jinja_templates import TEMPLATES
from minijinja import Environment
from pages import Article, Field, Message, Order, Product

ENVIRONMENT = Environment(templates=TEMPLATES)


def render(name: str, **context: object) -> str:
    return ENVIRONMENT.render_template(name, **context)


def table(orders: Sequence[Order]) -> str:
    return render("table.html", orders=orders)


def products(products: Sequence[Product]) -> str:
    return render("products.html", products=products)


def form(fields: Sequence[Field]) -> str:
    return render("form.html", fields=fields, errors=[field for field in fields if field.error])


def article(article: Article) -> str:
    return render("article.html", article=article)


def feed(messages: Sequence[Message]) -> str:
    return render("feed.html", messages=messages)
