"""htpy."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Sequence

import htpy as h
from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction


def table(orders: Sequence[Order]) -> str:
    return str(
        h.table(".table", id="orders")[
            h.caption["Orders"],
            h.thead[
                h.tr[
                    h.th["Number"],
                    h.th["Customer"],
                    h.th["City"],
                    h.th["Quantity"],
                    h.th["Price"],
                    h.th["Status"],
                ]
            ],
            h.tbody[(order_row(order) for order in orders)],
        ]
    )


def order_row(order: Order) -> h.Element:
    return h.tr(id=f"order-{order.number}")[
        h.td(".number")[order.number],
        h.td[h.a(href=f"/customers/{order.customer_id}")[order.customer]],
        h.td[order.city],
        h.td(".number")[order.quantity],
        h.td(".number")[order.price],
        h.td(class_=f"status status--{order.status}")[order.status],
    ]


def products(products: Sequence[Product]) -> str:
    return str(h.div(".grid")[(card(product) for product in products)])


def card(product: Product) -> h.Element:
    href = f"/products/{product.slug}?from=grid&n={product.number}"
    return h.article(
        class_=["card", product.on_sale and "card--sale"],
        id=f"product-{product.number}",
        data_id=product.number,
        data_category=product.category,
    )[
        h.a(".card__link", href=href)[
            h.img(
                ".card__image",
                src=product.image,
                alt=product.name,
                width=320,
                height=240,
                loading="lazy",
            )
        ],
        h.h3(".card__title")[h.a(href=href, title=product.name)[product.name]],
        h.p(".card__rating", aria_label=f"{product.rating} of 5 stars")[product.stars],
        h.p(".card__price", data_currency="EUR")[product.price],
        h.button(
            ".button.button--primary",
            type="button",
            data_action="add",
            data_product=product.number,
            aria_label=f"Add {product.name}",
            disabled=not product.in_stock,
        )["Add"],
    ]


def form(fields: Sequence[Field]) -> str:
    return str(
        h.form(".form", method="post", action="/account", enctype="multipart/form-data")[
            problems([field for field in fields if field.error]),
            (form_field(field) for field in fields),
            h.button(".button", type="submit")["Save"],
        ]
    )


def problems(fields: Sequence[Field]) -> h.Node:
    if not fields:
        return None
    return h.div(".alert", role="alert")[
        h.h2[len(fields), " problems"],
        h.ul[(h.li[h.a(href=f"#{field.name}")[field.error]] for field in fields)],
    ]


def form_field(field: Field) -> h.Element:
    return h.div(class_=["field", field.error and "field--error"])[
        h.label(for_=field.name)[field.label, field.required and h.span(".required")["*"]],
        control(field),
        field.hint and h.p(".hint")[field.hint],
        field.error and h.p(".error", id=f"{field.name}-error")[field.error],
    ]


def control(field: Field) -> h.BaseElement:
    common = {
        "id": field.name,
        "name": field.name,
        "required": field.required,
        "aria-invalid": "true" if field.error else None,
        "aria-describedby": f"{field.name}-error" if field.error else None,
    }
    match field.kind:
        case "select":
            return h.select(common)[(option(choice, field.value) for choice in field.options)]
        case "textarea":
            return h.textarea(common, rows=4)[field.value]
        case "checkbox":
            return h.input(common, type="checkbox", value="yes", checked=bool(field.value))
        case _:
            return h.input(".input", common, type=field.kind, value=field.value)


def option(choice: Option, chosen: str) -> h.Element:
    return h.option(value=choice.value, selected=choice.value == chosen)[choice.label]


def article(article: Article) -> str:
    return str(
        layout(
            article,
            h.article(".article")[
                h.h1[article.title],
                h.p(".byline")[
                    "By ",
                    h.a(href=f"mailto:{article.email}")[article.author],
                    " on ",
                    h.time(datetime=article.published)[article.published],
                ],
                (h.p[text] for text in article.paragraphs),
                h.ul(".tags")[(h.li[h.a(href="/tags", rel="tag")[tag]] for tag in article.tags)],
            ],
            h.section("#comments.comments")[
                h.h2[article.comment_count, " comments"],
                (comment(top) for top in article.comments),
            ],
        )
    )


def layout(article: Article, *content: h.Node) -> h.Element:
    return h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width"),
            h.title[article.title],
            h.link(rel="stylesheet", href="/static/site.css"),
        ],
        h.body[
            h.header(".site-header")[
                h.nav(aria_label="Main")[h.ul[(menu_item(link) for link in article.menu)]]
            ],
            h.main("#main")[content],
            h.footer(".site-footer")[
                h.p["© Example & Sons"],
                h.ul[(menu_item(link) for link in article.footer)],
            ],
        ],
    ]


def menu_item(link: Link) -> h.Element:
    return h.li[h.a(href=link.path, aria_current="page" if link.current else None)[link.title]]


def comment(one: Comment) -> h.Element:
    return h.div(".comment", id=f"comment-{one.number}")[
        h.p(".comment__head")[h.b[one.author], h.time(datetime=one.posted)[one.posted]],
        h.p[one.text],
        one.replies and h.div(".replies")[(comment(reply) for reply in one.replies)],
    ]


def feed(messages: Sequence[Message]) -> str:
    return str(h.ol("#feed.feed")[(message(one) for one in messages)])


def message(one: Message) -> h.Element:
    return h.li(
        class_=["message", one.own and "message--own"],
        id=f"message-{one.number}",
        data_author=one.author_id,
    )[
        h.img(".avatar", src=one.avatar, alt=""),
        h.strong[one.author],
        h.time(datetime=one.sent)[one.time],
        h.p(".message__text")[one.text],
        reactions(one.reactions),
    ]


def reactions(reactions: Sequence[Reaction]) -> h.Node:
    if not reactions:
        return None
    return h.ul(".reactions")[(h.li[one.emoji, h.b[one.count]] for one in reactions)]
