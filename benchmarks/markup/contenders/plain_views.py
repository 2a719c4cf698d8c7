"""Stario in plain calls, for our package and for stario 4.3."""

from collections.abc import Sequence

from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction
from stario.markup import HtmlElement, aria, data, render
from stario.markup import html as h


def table(orders: Sequence[Order]) -> str:
    return render(
        h.Table(
            {"class": "table", "id": "orders"},
            h.Caption("Orders"),
            h.Thead(
                h.Tr(
                    h.Th("Number"),
                    h.Th("Customer"),
                    h.Th("City"),
                    h.Th("Quantity"),
                    h.Th("Price"),
                    h.Th("Status"),
                )
            ),
            h.Tbody([order_row(order) for order in orders]),
        )
    )


def order_row(order: Order) -> HtmlElement:
    return h.Tr(
        {"id": f"order-{order.number}"},
        h.Td({"class": "number"}, order.number),
        h.Td(h.A({"href": f"/customers/{order.customer_id}"}, order.customer)),
        h.Td(order.city),
        h.Td({"class": "number"}, order.quantity),
        h.Td({"class": "number"}, order.price),
        h.Td({"class": f"status status--{order.status}"}, order.status),
    )


def products(products: Sequence[Product]) -> str:
    return render(h.Div({"class": "grid"}, [card(product) for product in products]))


def card(product: Product) -> HtmlElement:
    href = f"/products/{product.slug}?from=grid&n={product.number}"
    return h.Article(
        {
            "class": "card card--sale" if product.on_sale else "card",
            "id": f"product-{product.number}",
        },
        data({"id": product.number, "category": product.category}),
        h.A(
            {"class": "card__link", "href": href},
            h.Img(
                {
                    "class": "card__image",
                    "src": product.image,
                    "alt": product.name,
                    "width": 320,
                    "height": 240,
                    "loading": "lazy",
                }
            ),
        ),
        h.H3({"class": "card__title"}, h.A({"href": href, "title": product.name}, product.name)),
        h.P(
            {"class": "card__rating", "aria-label": f"{product.rating} of 5 stars"},
            product.stars,
        ),
        h.P({"class": "card__price", "data-currency": "EUR"}, product.price),
        h.Button(
            {"type": "button", "class": "button button--primary", "disabled": not product.in_stock},
            data({"action": "add", "product": product.number}),
            aria({"label": f"Add {product.name}"}),
            "Add",
        ),
    )


def form(fields: Sequence[Field]) -> str:
    return render(
        h.Form(
            {
                "class": "form",
                "method": "post",
                "action": "/account",
                "enctype": "multipart/form-data",
            },
            problems([field for field in fields if field.error]),
            [form_field(field) for field in fields],
            h.Button({"type": "submit", "class": "button"}, "Save"),
        )
    )


def problems(fields: Sequence[Field]) -> HtmlElement:
    if not fields:
        return None
    return h.Div(
        {"class": "alert", "role": "alert"},
        h.H2(len(fields), " problems"),
        h.Ul([h.Li(h.A({"href": f"#{field.name}"}, field.error)) for field in fields]),
    )


def form_field(field: Field) -> HtmlElement:
    return h.Div(
        {"class": "field field--error" if field.error else "field"},
        h.Label(
            {"for": field.name},
            field.label,
            h.Span({"class": "required"}, "*") if field.required else None,
        ),
        control(field),
        h.P({"class": "hint"}, field.hint) if field.hint else None,
        h.P({"class": "error", "id": f"{field.name}-error"}, field.error) if field.error else None,
    )


def control(field: Field) -> HtmlElement:
    common = {
        "id": field.name,
        "name": field.name,
        "required": field.required,
        "aria-invalid": "true" if field.error else None,
        "aria-describedby": f"{field.name}-error" if field.error else None,
    }
    match field.kind:
        case "select":
            return h.Select(common, [option(choice, field.value) for choice in field.options])
        case "textarea":
            return h.Textarea(common, {"rows": 4}, field.value)
        case "checkbox":
            return h.Input(
                common, {"type": "checkbox", "value": "yes", "checked": bool(field.value)}
            )
        case _:
            return h.Input(common, {"class": "input", "type": field.kind, "value": field.value})


def option(choice: Option, chosen: str) -> HtmlElement:
    return h.Option({"value": choice.value, "selected": choice.value == chosen}, choice.label)


def article(article: Article) -> str:
    return render(
        layout(
            article,
            h.Article(
                {"class": "article"},
                h.H1(article.title),
                h.P(
                    {"class": "byline"},
                    "By ",
                    h.A({"href": f"mailto:{article.email}"}, article.author),
                    " on ",
                    h.Time({"datetime": article.published}, article.published),
                ),
                [h.P(text) for text in article.paragraphs],
                h.Ul(
                    {"class": "tags"},
                    [h.Li(h.A({"href": "/tags", "rel": "tag"}, tag)) for tag in article.tags],
                ),
            ),
            h.Section(
                {"class": "comments", "id": "comments"},
                h.H2(article.comment_count, " comments"),
                [comment(top) for top in article.comments],
            ),
        )
    )


def layout(article: Article, *main: HtmlElement) -> HtmlElement:
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Meta({"name": "viewport", "content": "width=device-width"}),
            h.Title(article.title),
            h.Link({"rel": "stylesheet", "href": "/static/site.css"}),
        ),
        h.Body(
            h.Header(
                {"class": "site-header"},
                h.Nav({"aria-label": "Main"}, h.Ul([menu_item(link) for link in article.menu])),
            ),
            h.Main({"id": "main"}, *main),
            h.Footer(
                {"class": "site-footer"},
                h.P("© Example & Sons"),
                h.Ul([menu_item(link) for link in article.footer]),
            ),
        ),
    )


def menu_item(link: Link) -> HtmlElement:
    return h.Li(
        h.A({"href": link.path, "aria-current": "page" if link.current else None}, link.title)
    )


def comment(one: Comment) -> HtmlElement:
    return h.Div(
        {"class": "comment", "id": f"comment-{one.number}"},
        h.P(
            {"class": "comment__head"},
            h.B(one.author),
            h.Time({"datetime": one.posted}, one.posted),
        ),
        h.P(one.text),
        h.Div({"class": "replies"}, [comment(reply) for reply in one.replies])
        if one.replies
        else None,
    )


def feed(messages: Sequence[Message]) -> str:
    return render(h.Ol({"class": "feed", "id": "feed"}, [message(one) for one in messages]))


def message(one: Message) -> HtmlElement:
    return h.Li(
        {
            "class": "message message--own" if one.own else "message",
            "id": f"message-{one.number}",
            "data-author": one.author_id,
        },
        h.Img({"class": "avatar", "src": one.avatar, "alt": ""}),
        h.Strong(one.author),
        h.Time({"datetime": one.sent}, one.time),
        h.P({"class": "message__text"}, one.text),
        reactions(one.reactions),
    )


def reactions(reactions: Sequence[Reaction]) -> HtmlElement:
    if not reactions:
        return None
    return h.Ul(
        {"class": "reactions"},
        [h.Li(reaction.emoji, h.B(reaction.count)) for reaction in reactions],
    )
