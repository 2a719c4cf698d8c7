"""Stario with each component baked, for our package and for stario 4.3."""

from collections.abc import Sequence

from pages import Article, Comment, Field, Link, Message, Option, Order, Product
from stario.markup import HtmlElement, baked, render
from stario.markup import html as h

type Value = str | int | bool | None


def table(orders: Sequence[Order]) -> str:
    return render(
        orders_table(
            [
                order_row(
                    f"order-{order.number}",
                    order.number,
                    f"/customers/{order.customer_id}",
                    order.customer,
                    order.city,
                    order.quantity,
                    order.price,
                    f"status status--{order.status}",
                    order.status,
                )
                for order in orders
            ]
        )
    )


@baked
def orders_table(rows: HtmlElement) -> HtmlElement:
    return h.Table(
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
        h.Tbody(rows),
    )


@baked
def order_row(
    row_id: str,
    number: int,
    href: str,
    customer: str,
    city: str,
    quantity: int,
    price: str,
    css: str,
    status: str,
) -> HtmlElement:
    return h.Tr(
        {"id": row_id},
        h.Td({"class": "number"}, number),
        h.Td(h.A({"href": href}, customer)),
        h.Td(city),
        h.Td({"class": "number"}, quantity),
        h.Td({"class": "number"}, price),
        h.Td({"class": css}, status),
    )


def products(products: Sequence[Product]) -> str:
    return render(grid([product_card(product) for product in products]))


@baked
def grid(cards: HtmlElement) -> HtmlElement:
    return h.Div({"class": "grid"}, cards)


def product_card(product: Product) -> HtmlElement:
    return card(
        "card card--sale" if product.on_sale else "card",
        f"product-{product.number}",
        product.number,
        product.category,
        f"/products/{product.slug}?from=grid&n={product.number}",
        product.image,
        product.name,
        f"{product.rating} of 5 stars",
        product.stars,
        product.price,
        f"Add {product.name}",
        not product.in_stock,
    )


@baked
def card(
    css: str,
    card_id: str,
    number: int,
    category: str,
    href: str,
    image: str,
    name: str,
    rating: str,
    stars: str,
    price: str,
    add: str,
    sold_out: bool,
) -> HtmlElement:
    return h.Article(
        {"class": css, "id": card_id, "data-id": number, "data-category": category},
        h.A(
            {"class": "card__link", "href": href},
            h.Img(
                {
                    "class": "card__image",
                    "src": image,
                    "alt": name,
                    "width": 320,
                    "height": 240,
                    "loading": "lazy",
                }
            ),
        ),
        h.H3({"class": "card__title"}, h.A({"href": href, "title": name}, name)),
        h.P({"class": "card__rating", "aria-label": rating}, stars),
        h.P({"class": "card__price", "data-currency": "EUR"}, price),
        h.Button(
            {
                "type": "button",
                "class": "button button--primary",
                "disabled": sold_out,
                "data-action": "add",
                "data-product": number,
                "aria-label": add,
            },
            "Add",
        ),
    )


def form(fields: Sequence[Field]) -> str:
    return render(
        account_form(
            problems([field for field in fields if field.error]),
            [form_field(field) for field in fields],
        )
    )


@baked
def account_form(problems: HtmlElement, fields: HtmlElement) -> HtmlElement:
    return h.Form(
        {"class": "form", "method": "post", "action": "/account", "enctype": "multipart/form-data"},
        problems,
        fields,
        h.Button({"type": "submit", "class": "button"}, "Save"),
    )


def problems(fields: Sequence[Field]) -> HtmlElement:
    if not fields:
        return None
    return alert(len(fields), [problem(f"#{field.name}", field.error) for field in fields])


@baked
def alert(count: int, items: HtmlElement) -> HtmlElement:
    return h.Div({"class": "alert", "role": "alert"}, h.H2(count, " problems"), h.Ul(items))


@baked
def problem(href: str, error: str | None) -> HtmlElement:
    return h.Li(h.A({"href": href}, error))


def form_field(field: Field) -> HtmlElement:
    return labelled(
        "field field--error" if field.error else "field",
        field.name,
        field.label,
        REQUIRED if field.required else None,
        control(field),
        hint(field.hint) if field.hint else None,
        error(f"{field.name}-error", field.error) if field.error else None,
    )


REQUIRED = h.Span({"class": "required"}, "*")


@baked
def labelled(
    css: str,
    name: str,
    label: str,
    required: HtmlElement,
    control: HtmlElement,
    hint: HtmlElement,
    error: HtmlElement,
) -> HtmlElement:
    return h.Div({"class": css}, h.Label({"for": name}, label, required), control, hint, error)


@baked
def hint(text: str) -> HtmlElement:
    return h.P({"class": "hint"}, text)


@baked
def error(error_id: str, text: str) -> HtmlElement:
    return h.P({"class": "error", "id": error_id}, text)


def control(field: Field) -> HtmlElement:
    invalid = "true" if field.error else None
    described_by = f"{field.name}-error" if field.error else None
    common = (field.name, field.required, invalid, described_by)
    match field.kind:
        case "select":
            return select(*common, [option(choice, field.value) for choice in field.options])
        case "textarea":
            return textarea(*common, field.value)
        case "checkbox":
            return checkbox(*common, bool(field.value))
        case _:
            return text_input(*common, field.kind, field.value)


def common(name: str, required: bool, invalid: Value, described_by: Value) -> dict[str, Value]:
    return {
        "id": name,
        "name": name,
        "required": required,
        "aria-invalid": invalid,
        "aria-describedby": described_by,
    }


@baked
def select(
    name: str, required: bool, invalid: Value, described_by: Value, options: HtmlElement
) -> HtmlElement:
    return h.Select(common(name, required, invalid, described_by), options)


@baked
def textarea(
    name: str, required: bool, invalid: Value, described_by: Value, value: str
) -> HtmlElement:
    return h.Textarea(common(name, required, invalid, described_by), {"rows": 4}, value)


@baked
def checkbox(
    name: str, required: bool, invalid: Value, described_by: Value, checked: bool
) -> HtmlElement:
    return h.Input(
        common(name, required, invalid, described_by),
        {"type": "checkbox", "value": "yes", "checked": checked},
    )


@baked
def text_input(
    name: str, required: bool, invalid: Value, described_by: Value, kind: str, value: str
) -> HtmlElement:
    return h.Input(
        common(name, required, invalid, described_by),
        {"class": "input", "type": kind, "value": value},
    )


def option(choice: Option, chosen: str) -> HtmlElement:
    return choice_option(choice.value, choice.value == chosen, choice.label)


@baked
def choice_option(value: str, selected: bool, label: str) -> HtmlElement:
    return h.Option({"value": value, "selected": selected}, label)


def article(article: Article) -> str:
    return render(
        layout(
            article.title,
            [menu_item(link) for link in article.menu],
            article_main(
                article.title,
                f"mailto:{article.email}",
                article.author,
                article.published,
                [paragraph(text) for text in article.paragraphs],
                [tag(name) for name in article.tags],
                article.comment_count,
                [comment(top) for top in article.comments],
            ),
            [menu_item(link) for link in article.footer],
        )
    )


@baked
def article_main(
    title: str,
    mailto: str,
    author: str,
    published: str,
    paragraphs: HtmlElement,
    tags: HtmlElement,
    count: int,
    comments: HtmlElement,
) -> HtmlElement:
    return [
        h.Article(
            {"class": "article"},
            h.H1(title),
            h.P(
                {"class": "byline"},
                "By ",
                h.A({"href": mailto}, author),
                " on ",
                h.Time({"datetime": published}, published),
            ),
            paragraphs,
            h.Ul({"class": "tags"}, tags),
        ),
        h.Section({"class": "comments", "id": "comments"}, h.H2(count, " comments"), comments),
    ]


@baked
def paragraph(text: str) -> HtmlElement:
    return h.P(text)


@baked
def tag(name: str) -> HtmlElement:
    return h.Li(h.A({"href": "/tags", "rel": "tag"}, name))


@baked
def layout(title: str, menu: HtmlElement, main: HtmlElement, footer: HtmlElement) -> HtmlElement:
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Meta({"name": "viewport", "content": "width=device-width"}),
            h.Title(title),
            h.Link({"rel": "stylesheet", "href": "/static/site.css"}),
        ),
        h.Body(
            h.Header({"class": "site-header"}, h.Nav({"aria-label": "Main"}, h.Ul(menu))),
            h.Main({"id": "main"}, main),
            h.Footer({"class": "site-footer"}, h.P("© Example & Sons"), h.Ul(footer)),
        ),
    )


def menu_item(link: Link) -> HtmlElement:
    return menu_link(link.path, "page" if link.current else None, link.title)


@baked
def menu_link(href: str, current: str | None, title: str) -> HtmlElement:
    return h.Li(h.A({"href": href, "aria-current": current}, title))


def comment(one: Comment) -> HtmlElement:
    return comment_with(
        f"comment-{one.number}",
        one.author,
        one.posted,
        one.text,
        replies([comment(reply) for reply in one.replies]) if one.replies else None,
    )


@baked
def comment_with(
    comment_id: str, author: str, posted: str, text: str, replies: HtmlElement
) -> HtmlElement:
    return h.Div(
        {"class": "comment", "id": comment_id},
        h.P({"class": "comment__head"}, h.B(author), h.Time({"datetime": posted}, posted)),
        h.P(text),
        replies,
    )


@baked
def replies(comments: HtmlElement) -> HtmlElement:
    return h.Div({"class": "replies"}, comments)


def feed(messages: Sequence[Message]) -> str:
    return render(feed_list([message(one) for one in messages]))


@baked
def feed_list(messages: HtmlElement) -> HtmlElement:
    return h.Ol({"class": "feed", "id": "feed"}, messages)


def message(one: Message) -> HtmlElement:
    return message_item(
        "message message--own" if one.own else "message",
        f"message-{one.number}",
        one.author_id,
        one.avatar,
        one.author,
        one.sent,
        one.time,
        one.text,
        reactions([reaction(each.emoji, each.count) for each in one.reactions])
        if one.reactions
        else None,
    )


@baked
def message_item(
    css: str,
    message_id: str,
    author_id: str,
    avatar: str,
    author: str,
    sent: str,
    time: str,
    text: str,
    reactions: HtmlElement,
) -> HtmlElement:
    return h.Li(
        {"class": css, "id": message_id, "data-author": author_id},
        h.Img({"class": "avatar", "src": avatar, "alt": ""}),
        h.Strong(author),
        h.Time({"datetime": sent}, time),
        h.P({"class": "message__text"}, text),
        reactions,
    )


@baked
def reactions(items: HtmlElement) -> HtmlElement:
    return h.Ul({"class": "reactions"}, items)


@baked
def reaction(emoji: str, count: int) -> HtmlElement:
    return h.Li(emoji, h.B(count))
