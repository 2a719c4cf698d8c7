"""FastHTML: FT components, written out by `to_xml` without indentation."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Sequence

import fasthtml.components as ft
from fastcore.xml import FT, to_xml
from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction


def render(node: FT) -> str:
    return to_xml(node, indent=False)


def table(orders: Sequence[Order]) -> str:
    return render(
        ft.Table(
            ft.Caption("Orders"),
            ft.Thead(
                ft.Tr(
                    ft.Th("Number"),
                    ft.Th("Customer"),
                    ft.Th("City"),
                    ft.Th("Quantity"),
                    ft.Th("Price"),
                    ft.Th("Status"),
                )
            ),
            ft.Tbody(*[order_row(order) for order in orders]),
            cls="table",
            id="orders",
        )
    )


def order_row(order: Order) -> FT:
    return ft.Tr(
        ft.Td(order.number, cls="number"),
        ft.Td(ft.A(order.customer, href=f"/customers/{order.customer_id}")),
        ft.Td(order.city),
        ft.Td(order.quantity, cls="number"),
        ft.Td(order.price, cls="number"),
        ft.Td(order.status, cls=f"status status--{order.status}"),
        id=f"order-{order.number}",
    )


def products(products: Sequence[Product]) -> str:
    return render(ft.Div(*[card(product) for product in products], cls="grid"))


def card(product: Product) -> FT:
    href = f"/products/{product.slug}?from=grid&n={product.number}"
    return ft.Article(
        ft.A(
            ft.Img(
                cls="card__image",
                src=product.image,
                alt=product.name,
                width=320,
                height=240,
                loading="lazy",
            ),
            cls="card__link",
            href=href,
        ),
        ft.H3(ft.A(product.name, href=href, title=product.name), cls="card__title"),
        ft.P(product.stars, cls="card__rating", aria_label=f"{product.rating} of 5 stars"),
        ft.P(product.price, cls="card__price", data_currency="EUR"),
        ft.Button(
            "Add",
            type="button",
            cls="button button--primary",
            data_action="add",
            data_product=product.number,
            aria_label=f"Add {product.name}",
            disabled=not product.in_stock,
        ),
        cls="card card--sale" if product.on_sale else "card",
        id=f"product-{product.number}",
        data_id=product.number,
        data_category=product.category,
    )


def form(fields: Sequence[Field]) -> str:
    return render(
        ft.Form(
            problems([field for field in fields if field.error]),
            *[form_field(field) for field in fields],
            ft.Button("Save", type="submit", cls="button"),
            cls="form",
            method="post",
            action="/account",
            enctype="multipart/form-data",
        )
    )


def problems(fields: Sequence[Field]) -> FT | None:
    if not fields:
        return None
    return ft.Div(
        ft.H2(f"{len(fields)} problems"),
        ft.Ul(*[ft.Li(ft.A(field.error, href=f"#{field.name}")) for field in fields]),
        cls="alert",
        role="alert",
    )


def form_field(field: Field) -> FT:
    return ft.Div(
        ft.Label(
            field.label,
            ft.Span("*", cls="required") if field.required else None,
            _for=field.name,
        ),
        control(field),
        ft.P(field.hint, cls="hint") if field.hint else None,
        ft.P(field.error, cls="error", id=f"{field.name}-error") if field.error else None,
        cls="field field--error" if field.error else "field",
    )


def control(field: Field) -> FT:
    common = {
        "id": field.name,
        "name": field.name,
        "required": field.required,
        "aria_invalid": "true" if field.error else None,
        "aria_describedby": f"{field.name}-error" if field.error else None,
    }
    match field.kind:
        case "select":
            return ft.Select(*[option(choice, field.value) for choice in field.options], **common)
        case "textarea":
            return ft.Textarea(field.value, rows=4, **common)
        case "checkbox":
            return ft.Input(type="checkbox", value="yes", checked=bool(field.value), **common)
        case _:
            return ft.Input(cls="input", type=field.kind, value=field.value, **common)


def option(choice: Option, chosen: str) -> FT:
    return ft.Option(choice.label, value=choice.value, selected=choice.value == chosen)


def article(article: Article) -> str:
    return render(
        layout(
            article,
            ft.Article(
                ft.H1(article.title),
                ft.P(
                    "By ",
                    ft.A(article.author, href=f"mailto:{article.email}"),
                    " on ",
                    ft.Time(article.published, datetime=article.published),
                    cls="byline",
                ),
                *[ft.P(text) for text in article.paragraphs],
                ft.Ul(
                    *[ft.Li(ft.A(tag, href="/tags", rel="tag")) for tag in article.tags],
                    cls="tags",
                ),
                cls="article",
            ),
            ft.Section(
                ft.H2(f"{article.comment_count} comments"),
                *[comment(top) for top in article.comments],
                cls="comments",
                id="comments",
            ),
        )
    )


def layout(article: Article, *content: FT) -> FT:
    return ft.Html(
        ft.Head(
            ft.Meta(charset="utf-8"),
            ft.Meta(name="viewport", content="width=device-width"),
            ft.Title(article.title),
            ft.Link(rel="stylesheet", href="/static/site.css"),
        ),
        ft.Body(
            ft.Header(
                ft.Nav(ft.Ul(*[menu_item(link) for link in article.menu]), aria_label="Main"),
                cls="site-header",
            ),
            ft.Main(*content, id="main"),
            ft.Footer(
                ft.P("© Example & Sons"),
                ft.Ul(*[menu_item(link) for link in article.footer]),
                cls="site-footer",
            ),
        ),
        lang="en",
    )


def menu_item(link: Link) -> FT:
    return ft.Li(ft.A(link.title, href=link.path, aria_current="page" if link.current else None))


def comment(one: Comment) -> FT:
    return ft.Div(
        ft.P(ft.B(one.author), ft.Time(one.posted, datetime=one.posted), cls="comment__head"),
        ft.P(one.text),
        ft.Div(*[comment(reply) for reply in one.replies], cls="replies") if one.replies else None,
        cls="comment",
        id=f"comment-{one.number}",
    )


def feed(messages: Sequence[Message]) -> str:
    return render(ft.Ol(*[message(one) for one in messages], cls="feed", id="feed"))


def message(one: Message) -> FT:
    return ft.Li(
        ft.Img(cls="avatar", src=one.avatar, alt=""),
        ft.Strong(one.author),
        ft.Time(one.time, datetime=one.sent),
        ft.P(one.text, cls="message__text"),
        reactions(one.reactions),
        cls="message message--own" if one.own else "message",
        id=f"message-{one.number}",
        data_author=one.author_id,
    )


def reactions(reactions: Sequence[Reaction]) -> FT | None:
    if not reactions:
        return None
    return ft.Ul(*[ft.Li(one.emoji, ft.B(one.count)) for one in reactions], cls="reactions")
