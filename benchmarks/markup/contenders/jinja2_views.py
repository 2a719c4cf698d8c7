"""Jinja2, compiled and with autoescape."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Sequence

from jinja2 import DictLoader, Environment
from jinja_templates import TEMPLATES
from pages import Article, Field, Message, Order, Product

ENVIRONMENT = Environment(loader=DictLoader(TEMPLATES), autoescape=True, auto_reload=False)


def render(name: str, **context: object) -> str:
    return ENVIRONMENT.get_template(name).render(**context)


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
