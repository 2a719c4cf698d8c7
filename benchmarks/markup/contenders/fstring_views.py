"""The limit: f-strings, and `html.escape` around each text."""

from collections.abc import Sequence
from html import escape

from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction


def table(orders: Sequence[Order]) -> str:
    return (
        '<table class="table" id="orders"><caption>Orders</caption><thead><tr><th>Number</th>'
        "<th>Customer</th><th>City</th><th>Quantity</th><th>Price</th><th>Status</th></tr></thead>"
        f"<tbody>{''.join([order_row(order) for order in orders])}</tbody></table>"
    )


def order_row(order: Order) -> str:
    return (
        f'<tr id="order-{order.number}"><td class="number">{order.number}</td>'
        f'<td><a href="/customers/{order.customer_id}">{escape(order.customer)}</a></td>'
        f'<td>{escape(order.city)}</td><td class="number">{order.quantity}</td>'
        f'<td class="number">{escape(order.price)}</td>'
        f'<td class="status status--{escape(order.status)}">{escape(order.status)}</td></tr>'
    )


def products(products: Sequence[Product]) -> str:
    return f'<div class="grid">{"".join([card(product) for product in products])}</div>'


def card(product: Product) -> str:
    name = escape(product.name)
    href = f"/products/{escape(product.slug)}?from=grid&amp;n={product.number}"
    return (
        f'<article class="card{" card--sale" if product.on_sale else ""}"'
        f' id="product-{product.number}" data-id="{product.number}"'
        f' data-category="{escape(product.category)}">'
        f'<a class="card__link" href="{href}"><img class="card__image"'
        f' src="{escape(product.image)}" alt="{name}" width="320" height="240" loading="lazy"/></a>'
        f'<h3 class="card__title"><a href="{href}" title="{name}">{name}</a></h3>'
        f'<p class="card__rating" aria-label="{product.rating} of 5 stars">'
        f"{product.stars}</p>"
        f'<p class="card__price" data-currency="EUR">{escape(product.price)}</p>'
        f'<button type="button" class="button button--primary" data-action="add"'
        f' data-product="{product.number}" aria-label="Add {name}"'
        f"{'' if product.in_stock else ' disabled'}>Add</button></article>"
    )


def form(fields: Sequence[Field]) -> str:
    return (
        '<form class="form" method="post" action="/account" enctype="multipart/form-data">'
        f"{problems([field for field in fields if field.error])}"
        f"{''.join([form_field(field) for field in fields])}"
        '<button type="submit" class="button">Save</button></form>'
    )


def problems(fields: Sequence[Field]) -> str:
    if not fields:
        return ""
    items = "".join(
        [f'<li><a href="#{field.name}">{escape(field.error or "")}</a></li>' for field in fields]
    )
    return f'<div class="alert" role="alert"><h2>{len(fields)} problems</h2><ul>{items}</ul></div>'


def form_field(field: Field) -> str:
    required = '<span class="required">*</span>' if field.required else ""
    hint = f'<p class="hint">{escape(field.hint)}</p>' if field.hint else ""
    error = (
        f'<p class="error" id="{escape(field.name)}-error">{escape(field.error)}</p>'
        if field.error
        else ""
    )
    return (
        f'<div class="field{" field--error" if field.error else ""}">'
        f'<label for="{escape(field.name)}">{escape(field.label)}{required}</label>'
        f"{control(field)}{hint}{error}</div>"
    )


def control(field: Field) -> str:
    name = escape(field.name)
    common = f' id="{name}" name="{name}"{" required" if field.required else ""}'
    if field.error:
        common += f' aria-invalid="true" aria-describedby="{name}-error"'
    match field.kind:
        case "select":
            options = "".join([option(choice, field.value) for choice in field.options])
            return f"<select{common}>{options}</select>"
        case "textarea":
            return f'<textarea{common} rows="4">{escape(field.value)}</textarea>'
        case "checkbox":
            checked = " checked" if field.value else ""
            return f'<input{common} type="checkbox" value="yes"{checked}/>'
        case _:
            return (
                f'<input{common} class="input" type="{escape(field.kind)}"'
                f' value="{escape(field.value)}"/>'
            )


def option(choice: Option, chosen: str) -> str:
    selected = " selected" if choice.value == chosen else ""
    return f'<option value="{escape(choice.value)}"{selected}>{escape(choice.label)}</option>'


def article(article: Article) -> str:
    paragraphs = "".join([f"<p>{escape(text)}</p>" for text in article.paragraphs])
    tags = "".join(
        [f'<li><a href="/tags" rel="tag">{escape(tag)}</a></li>' for tag in article.tags]
    )
    return layout(
        article,
        f'<article class="article"><h1>{escape(article.title)}</h1><p class="byline">By '
        f'<a href="mailto:{escape(article.email)}">{escape(article.author)}</a> on '
        f'<time datetime="{escape(article.published)}">{escape(article.published)}</time></p>'
        f'{paragraphs}<ul class="tags">{tags}</ul></article>'
        '<section class="comments" id="comments">'
        f"<h2>{article.comment_count} comments</h2>"
        f"{''.join([comment(top) for top in article.comments])}</section>",
    )


def layout(article: Article, main: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width"/>'
        f'<title>{escape(article.title)}</title><link rel="stylesheet" href="/static/site.css"/>'
        '</head><body><header class="site-header"><nav aria-label="Main"><ul>'
        f"{''.join([menu_item(link) for link in article.menu])}</ul></nav></header>"
        f'<main id="main">{main}</main><footer class="site-footer"><p>© Example &amp; Sons</p><ul>'
        f"{''.join([menu_item(link) for link in article.footer])}</ul></footer></body></html>"
    )


def menu_item(link: Link) -> str:
    current = ' aria-current="page"' if link.current else ""
    return f'<li><a href="{escape(link.path)}"{current}>{escape(link.title)}</a></li>'


def comment(comment: Comment) -> str:
    return (
        f'<div class="comment" id="comment-{comment.number}"><p class="comment__head">'
        f'<b>{escape(comment.author)}</b><time datetime="{escape(comment.posted)}">'
        f"{escape(comment.posted)}</time></p><p>{escape(comment.text)}</p>"
        f"{replies(comment.replies)}</div>"
    )


def replies(comments: Sequence[Comment]) -> str:
    if not comments:
        return ""
    return f'<div class="replies">{"".join([comment(reply) for reply in comments])}</div>'


def feed(messages: Sequence[Message]) -> str:
    return f'<ol class="feed" id="feed">{"".join([message(one) for one in messages])}</ol>'


def message(message: Message) -> str:
    return (
        f'<li class="message{" message--own" if message.own else ""}" id="message-{message.number}"'
        f' data-author="{escape(message.author_id)}"><img class="avatar"'
        f' src="{escape(message.avatar)}" alt=""/><strong>{escape(message.author)}</strong>'
        f'<time datetime="{escape(message.sent)}">{escape(message.time)}</time>'
        f'<p class="message__text">{escape(message.text)}</p>{reactions(message.reactions)}</li>'
    )


def reactions(reactions: Sequence[Reaction]) -> str:
    if not reactions:
        return ""
    items = "".join([f"<li>{escape(one.emoji)}<b>{one.count}</b></li>" for one in reactions])
    return f'<ul class="reactions">{items}</ul>'
