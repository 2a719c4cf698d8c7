"""simple_html, whose wheel is compiled with mypyc."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Sequence

from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction
from simple_html import (
    DOCTYPE_HTML5,
    Node,
    a,
    b,
    body,
    button,
    caption,
    div,
    footer,
    h1,
    h2,
    h3,
    head,
    header,
    html,
    img,
    input_,
    label,
    li,
    link,
    main,
    meta,
    nav,
    ol,
    p,
    render,
    section,
    select,
    span,
    strong,
    tbody,
    td,
    textarea,
    th,
    thead,
    time,
    title,
    tr,
    ul,
)
from simple_html import article as article_tag
from simple_html import form as form_tag
from simple_html import option as option_tag
from simple_html import table as table_tag


def table(orders: Sequence[Order]) -> str:
    return render(
        table_tag(
            {"class": "table", "id": "orders"},
            caption("Orders"),
            thead(
                tr(
                    th("Number"),
                    th("Customer"),
                    th("City"),
                    th("Quantity"),
                    th("Price"),
                    th("Status"),
                )
            ),
            tbody([order_row(order) for order in orders]),
        )
    )


def order_row(order: Order) -> Node:
    return tr(
        {"id": f"order-{order.number}"},
        td({"class": "number"}, order.number),
        td(a({"href": f"/customers/{order.customer_id}"}, order.customer)),
        td(order.city),
        td({"class": "number"}, order.quantity),
        td({"class": "number"}, order.price),
        td({"class": f"status status--{order.status}"}, order.status),
    )


def products(products: Sequence[Product]) -> str:
    return render(div({"class": "grid"}, [card(product) for product in products]))


def card(product: Product) -> Node:
    href = f"/products/{product.slug}?from=grid&n={product.number}"
    add: dict[str, str | None] = {
        "type": "button",
        "class": "button button--primary",
        "data-action": "add",
        "data-product": str(product.number),
        "aria-label": f"Add {product.name}",
    }
    if not product.in_stock:
        add["disabled"] = None
    return article_tag(
        {
            "class": "card card--sale" if product.on_sale else "card",
            "id": f"product-{product.number}",
            "data-id": str(product.number),
            "data-category": product.category,
        },
        a(
            {"class": "card__link", "href": href},
            img(
                {
                    "class": "card__image",
                    "src": product.image,
                    "alt": product.name,
                    "width": "320",
                    "height": "240",
                    "loading": "lazy",
                }
            ),
        ),
        h3({"class": "card__title"}, a({"href": href, "title": product.name}, product.name)),
        p(
            {"class": "card__rating", "aria-label": f"{product.rating} of 5 stars"},
            product.stars,
        ),
        p({"class": "card__price", "data-currency": "EUR"}, product.price),
        button(add, "Add"),
    )


def form(fields: Sequence[Field]) -> str:
    return render(
        form_tag(
            {
                "class": "form",
                "method": "post",
                "action": "/account",
                "enctype": "multipart/form-data",
            },
            problems([field for field in fields if field.error]),
            [form_field(field) for field in fields],
            button({"type": "submit", "class": "button"}, "Save"),
        )
    )


def problems(fields: Sequence[Field]) -> Node:
    if not fields:
        return ""
    return div(
        {"class": "alert", "role": "alert"},
        h2(len(fields), " problems"),
        ul([li(a({"href": f"#{field.name}"}, field.error or "")) for field in fields]),
    )


def form_field(field: Field) -> Node:
    return div(
        {"class": "field field--error" if field.error else "field"},
        label(
            {"for": field.name},
            field.label,
            span({"class": "required"}, "*") if field.required else "",
        ),
        control(field),
        p({"class": "hint"}, field.hint) if field.hint else "",
        p({"class": "error", "id": f"{field.name}-error"}, field.error) if field.error else "",
    )


def control(field: Field) -> Node:
    attributes: dict[str, str | None] = {"id": field.name, "name": field.name}
    if field.required:
        attributes["required"] = None
    if field.error:
        attributes["aria-invalid"] = "true"
        attributes["aria-describedby"] = f"{field.name}-error"
    match field.kind:
        case "select":
            return select(attributes, [option(choice, field.value) for choice in field.options])
        case "textarea":
            return textarea(attributes | {"rows": "4"}, field.value)
        case "checkbox":
            checked: dict[str, str | None] = {"checked": None} if field.value else {}
            return input_(attributes | {"type": "checkbox", "value": "yes"} | checked)
        case _:
            return input_(attributes | {"class": "input", "type": field.kind, "value": field.value})


def option(choice: Option, chosen: str) -> Node:
    if choice.value == chosen:
        return option_tag({"value": choice.value, "selected": None}, choice.label)
    return option_tag({"value": choice.value}, choice.label)


def article(article: Article) -> str:
    return render(
        layout(
            article,
            article_tag(
                {"class": "article"},
                h1(article.title),
                p(
                    {"class": "byline"},
                    "By ",
                    a({"href": f"mailto:{article.email}"}, article.author),
                    " on ",
                    time({"datetime": article.published}, article.published),
                ),
                [p(text) for text in article.paragraphs],
                ul(
                    {"class": "tags"},
                    [li(a({"href": "/tags", "rel": "tag"}, tag)) for tag in article.tags],
                ),
            ),
            section(
                {"class": "comments", "id": "comments"},
                h2(article.comment_count, " comments"),
                [comment(top) for top in article.comments],
            ),
        )
    )


def layout(article: Article, *content: Node) -> Node:
    return [
        DOCTYPE_HTML5,
        html(
            {"lang": "en"},
            head(
                meta({"charset": "utf-8"}),
                meta({"name": "viewport", "content": "width=device-width"}),
                title(article.title),
                link({"rel": "stylesheet", "href": "/static/site.css"}),
            ),
            body(
                header(
                    {"class": "site-header"},
                    nav({"aria-label": "Main"}, ul([menu_item(entry) for entry in article.menu])),
                ),
                main({"id": "main"}, *content),
                footer(
                    {"class": "site-footer"},
                    p("© Example & Sons"),
                    ul([menu_item(entry) for entry in article.footer]),
                ),
            ),
        ),
    ]


def menu_item(entry: Link) -> Node:
    current = {"aria-current": "page"} if entry.current else {}
    return li(a({"href": entry.path, **current}, entry.title))


def comment(one: Comment) -> Node:
    return div(
        {"class": "comment", "id": f"comment-{one.number}"},
        p({"class": "comment__head"}, b(one.author), time({"datetime": one.posted}, one.posted)),
        p(one.text),
        div({"class": "replies"}, [comment(reply) for reply in one.replies]) if one.replies else "",
    )


def feed(messages: Sequence[Message]) -> str:
    return render(ol({"class": "feed", "id": "feed"}, [message(one) for one in messages]))


def message(one: Message) -> Node:
    return li(
        {
            "class": "message message--own" if one.own else "message",
            "id": f"message-{one.number}",
            "data-author": one.author_id,
        },
        img({"class": "avatar", "src": one.avatar, "alt": ""}),
        strong(one.author),
        time({"datetime": one.sent}, one.time),
        p({"class": "message__text"}, one.text),
        reactions(one.reactions),
    )


def reactions(reactions: Sequence[Reaction]) -> Node:
    if not reactions:
        return ""
    return ul({"class": "reactions"}, [li(one.emoji, b(one.count)) for one in reactions])
