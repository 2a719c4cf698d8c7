"""dominate, without indentation."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Sequence

import dominate
from dominate import tags as t
from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction


def table(orders: Sequence[Order]) -> str:
    return t.table(
        t.caption("Orders"),
        t.thead(
            t.tr(
                t.th("Number"),
                t.th("Customer"),
                t.th("City"),
                t.th("Quantity"),
                t.th("Price"),
                t.th("Status"),
            )
        ),
        t.tbody([order_row(order) for order in orders]),
        cls="table",
        id="orders",
    ).render(pretty=False)


def order_row(order: Order) -> t.tr:
    return t.tr(
        t.td(order.number, cls="number"),
        t.td(t.a(order.customer, href=f"/customers/{order.customer_id}")),
        t.td(order.city),
        t.td(order.quantity, cls="number"),
        t.td(order.price, cls="number"),
        t.td(order.status, cls=f"status status--{order.status}"),
        id=f"order-{order.number}",
    )


def products(products: Sequence[Product]) -> str:
    return t.div([card(product) for product in products], cls="grid").render(pretty=False)


def card(product: Product) -> t.article:
    href = f"/products/{product.slug}?from=grid&n={product.number}"
    return t.article(
        t.a(
            t.img(
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
        t.h3(t.a(product.name, href=href, title=product.name), cls="card__title"),
        t.p(product.stars, cls="card__rating", aria_label=f"{product.rating} of 5 stars"),
        t.p(product.price, cls="card__price", data_currency="EUR"),
        t.button(
            "Add",
            type="button",
            cls="button button--primary",
            data_action="add",
            data_product=str(product.number),
            aria_label=f"Add {product.name}",
            disabled=not product.in_stock,
        ),
        cls="card card--sale" if product.on_sale else "card",
        id=f"product-{product.number}",
        data_id=str(product.number),  # a 0 would be False
        data_category=product.category,
    )


def form(fields: Sequence[Field]) -> str:
    page = t.form(cls="form", method="post", action="/account", enctype="multipart/form-data")
    if errors := [field for field in fields if field.error]:
        page += problems(errors)
    page += [form_field(field) for field in fields]
    page += t.button("Save", type="submit", cls="button")
    return page.render(pretty=False)


def problems(fields: Sequence[Field]) -> t.div:
    return t.div(
        t.h2(len(fields), " problems"),
        t.ul([t.li(t.a(field.error, href=f"#{field.name}")) for field in fields]),
        cls="alert",
        role="alert",
    )


def form_field(field: Field) -> t.div:
    box = t.div(cls="field field--error" if field.error else "field")
    caption = box.add(t.label(field.label, html_for=field.name))
    if field.required:
        caption += t.span("*", cls="required")
    box += control(field)
    if field.hint:
        box += t.p(field.hint, cls="hint")
    if field.error:
        box += t.p(field.error, cls="error", id=f"{field.name}-error")
    return box


def control(field: Field) -> t.html_tag:
    common = {"id": field.name, "name": field.name, "required": field.required}
    if field.error:
        common |= {"aria-invalid": "true", "aria-describedby": f"{field.name}-error"}
    match field.kind:
        case "select":
            return t.select([option(choice, field.value) for choice in field.options], **common)
        case "textarea":
            return t.textarea(field.value, rows=4, **common)
        case "checkbox":
            return t.input_(type="checkbox", value="yes", checked=bool(field.value), **common)
        case _:
            return t.input_(cls="input", type=field.kind, value=field.value, **common)


def option(choice: Option, chosen: str) -> t.option:
    return t.option(choice.label, value=choice.value, selected=choice.value == chosen)


def article(article: Article) -> str:
    return layout(
        article,
        t.article(
            t.h1(article.title),
            t.p(
                "By ",
                t.a(article.author, href=f"mailto:{article.email}"),
                " on ",
                t.time_(article.published, datetime=article.published),
                cls="byline",
            ),
            [t.p(text) for text in article.paragraphs],
            t.ul([t.li(t.a(tag, href="/tags", rel="tag")) for tag in article.tags], cls="tags"),
            cls="article",
        ),
        t.section(
            t.h2(article.comment_count, " comments"),
            [comment(top) for top in article.comments],
            cls="comments",
            id="comments",
        ),
    ).render(pretty=False)


def layout(article: Article, *content: t.html_tag) -> dominate.document:
    page = dominate.document(title=None, doctype="<!doctype html>", lang="en")
    page.head += t.meta(charset="utf-8")
    page.head += t.meta(name="viewport", content="width=device-width")
    page.head += t.title(article.title)
    page.head += t.link(rel="stylesheet", href="/static/site.css")
    page += t.header(
        t.nav(t.ul([menu_item(link) for link in article.menu]), aria_label="Main"),
        cls="site-header",
    )
    page += t.main(*content, id="main")
    page += t.footer(
        t.p("© Example & Sons"),
        t.ul([menu_item(link) for link in article.footer]),
        cls="site-footer",
    )
    return page


def menu_item(link: Link) -> t.li:
    current = {"aria-current": "page"} if link.current else {}
    return t.li(t.a(link.title, href=link.path, **current))


def comment(one: Comment) -> t.div:
    box = t.div(
        t.p(t.b(one.author), t.time_(one.posted, datetime=one.posted), cls="comment__head"),
        t.p(one.text),
        cls="comment",
        id=f"comment-{one.number}",
    )
    if one.replies:
        box += t.div([comment(reply) for reply in one.replies], cls="replies")
    return box


def feed(messages: Sequence[Message]) -> str:
    return t.ol([message(one) for one in messages], cls="feed", id="feed").render(pretty=False)


def message(one: Message) -> t.li:
    item = t.li(
        t.img(cls="avatar", src=one.avatar, alt=""),
        t.strong(one.author),
        t.time_(one.time, datetime=one.sent),
        t.p(one.text, cls="message__text"),
        cls="message message--own" if one.own else "message",
        id=f"message-{one.number}",
        data_author=one.author_id,
    )
    if one.reactions:
        item += reactions(one.reactions)
    return item


def reactions(reactions: Sequence[Reaction]) -> t.ul:
    return t.ul([t.li(one.emoji, t.b(one.count)) for one in reactions], cls="reactions")
