"""htmy, whose renderer is a coroutine: each page is one run of an event loop that stays open."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import asyncio
from collections.abc import Sequence

from htmy import Component, Renderer, XBool, html
from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction

LOOP = asyncio.new_event_loop()
RENDERER = Renderer()


def render(page: Component) -> str:
    return LOOP.run_until_complete(RENDERER.render(page))


def when(condition: object) -> XBool | None:
    return XBool.true if condition else None


def table(orders: Sequence[Order]) -> str:
    return render(
        html.table(
            html.caption("Orders"),
            html.thead(
                html.tr(
                    html.th("Number"),
                    html.th("Customer"),
                    html.th("City"),
                    html.th("Quantity"),
                    html.th("Price"),
                    html.th("Status"),
                )
            ),
            html.tbody(*[order_row(order) for order in orders]),
            class_="table",
            id="orders",
        )
    )


def order_row(order: Order) -> Component:
    return html.tr(
        html.td(str(order.number), class_="number"),
        html.td(html.a(order.customer, href=f"/customers/{order.customer_id}")),
        html.td(order.city),
        html.td(str(order.quantity), class_="number"),
        html.td(order.price, class_="number"),
        html.td(order.status, class_=f"status status--{order.status}"),
        id=f"order-{order.number}",
    )


def products(products: Sequence[Product]) -> str:
    return render(html.div(*[card(product) for product in products], class_="grid"))


def card(product: Product) -> Component:
    href = f"/products/{product.slug}?from=grid&n={product.number}"
    return html.article(
        html.a(
            html.img(
                class_="card__image",
                src=product.image,
                alt=product.name,
                width=320,
                height=240,
                loading="lazy",
            ),
            class_="card__link",
            href=href,
        ),
        html.h3(html.a(product.name, href=href, title=product.name), class_="card__title"),
        html.p(
            product.stars,
            class_="card__rating",
            aria_label=f"{product.rating} of 5 stars",
        ),
        html.p(product.price, class_="card__price", data_currency="EUR"),
        html.button(
            "Add",
            type="button",
            class_="button button--primary",
            data_action="add",
            data_product=product.number,
            aria_label=f"Add {product.name}",
            disabled=when(not product.in_stock),
        ),
        class_="card card--sale" if product.on_sale else "card",
        id=f"product-{product.number}",
        data_id=product.number,
        data_category=product.category,
    )


def form(fields: Sequence[Field]) -> str:
    return render(
        html.form(
            problems([field for field in fields if field.error]),
            *[form_field(field) for field in fields],
            html.button("Save", type="submit", class_="button"),
            class_="form",
            method="post",
            action="/account",
            enctype="multipart/form-data",
        )
    )


def problems(fields: Sequence[Field]) -> Component:
    if not fields:
        return None
    return html.div(
        html.h2(f"{len(fields)} problems"),
        html.ul(*[html.li(html.a(field.error, href=f"#{field.name}")) for field in fields]),
        class_="alert",
        role="alert",
    )


def form_field(field: Field) -> Component:
    return html.div(
        html.label(
            field.label,
            html.span("*", class_="required") if field.required else None,
            for_=field.name,
        ),
        control(field),
        html.p(field.hint, class_="hint") if field.hint else None,
        html.p(field.error, class_="error", id=f"{field.name}-error") if field.error else None,
        class_="field field--error" if field.error else "field",
    )


def control(field: Field) -> Component:
    common = {
        "id": field.name,
        "name": field.name,
        "required": when(field.required),
        "aria_invalid": "true" if field.error else None,
        "aria_describedby": f"{field.name}-error" if field.error else None,
    }
    match field.kind:
        case "select":
            return html.select(*[option(choice, field.value) for choice in field.options], **common)
        case "textarea":
            return html.textarea(field.value, rows=4, **common)
        case "checkbox":
            return html.input_(type="checkbox", value="yes", checked=when(field.value), **common)
        case _:
            return html.input_(class_="input", type=field.kind, value=field.value, **common)


def option(choice: Option, chosen: str) -> Component:
    return html.option(choice.label, value=choice.value, selected=when(choice.value == chosen))


def article(article: Article) -> str:
    return render(
        layout(
            article,
            html.article(
                html.h1(article.title),
                html.p(
                    "By ",
                    html.a(article.author, href=f"mailto:{article.email}"),
                    " on ",
                    html.time(article.published, datetime=article.published),
                    class_="byline",
                ),
                *[html.p(text) for text in article.paragraphs],
                html.ul(
                    *[html.li(html.a(tag, href="/tags", rel="tag")) for tag in article.tags],
                    class_="tags",
                ),
                class_="article",
            ),
            html.section(
                html.h2(f"{article.comment_count} comments"),
                *[comment(top) for top in article.comments],
                class_="comments",
                id="comments",
            ),
        )
    )


def layout(article: Article, *content: Component) -> Component:
    return (
        html.DOCTYPE.html,
        html.html(
            html.head(
                html.meta(charset="utf-8"),
                html.meta(name="viewport", content="width=device-width"),
                html.title(article.title),
                html.link(rel="stylesheet", href="/static/site.css"),
            ),
            html.body(
                html.header(
                    html.nav(
                        html.ul(*[menu_item(link) for link in article.menu]), aria_label="Main"
                    ),
                    class_="site-header",
                ),
                html.main(*content, id="main"),
                html.footer(
                    html.p("© Example & Sons"),
                    html.ul(*[menu_item(link) for link in article.footer]),
                    class_="site-footer",
                ),
            ),
            lang="en",
        ),
    )


def menu_item(link: Link) -> Component:
    current = "page" if link.current else None
    return html.li(html.a(link.title, href=link.path, aria_current=current))


def comment(one: Comment) -> Component:
    return html.div(
        html.p(
            html.b(one.author),
            html.time(one.posted, datetime=one.posted),
            class_="comment__head",
        ),
        html.p(one.text),
        replies(one.replies),
        class_="comment",
        id=f"comment-{one.number}",
    )


def replies(comments: Sequence[Comment]) -> Component:
    if not comments:
        return None
    return html.div(*[comment(reply) for reply in comments], class_="replies")


def feed(messages: Sequence[Message]) -> str:
    return render(html.ol(*[message(one) for one in messages], class_="feed", id="feed"))


def message(one: Message) -> Component:
    return html.li(
        html.img(class_="avatar", src=one.avatar, alt=""),
        html.strong(one.author),
        html.time(one.time, datetime=one.sent),
        html.p(one.text, class_="message__text"),
        reactions(one.reactions),
        class_="message message--own" if one.own else "message",
        id=f"message-{one.number}",
        data_author=one.author_id,
    )


def reactions(reactions: Sequence[Reaction]) -> Component:
    if not reactions:
        return None
    return html.ul(
        *[html.li(one.emoji, html.b(str(one.count))) for one in reactions], class_="reactions"
    )
