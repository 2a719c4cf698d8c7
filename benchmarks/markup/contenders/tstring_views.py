"""Stario with t-strings, from Python 3.14."""

# ruff: noqa: TC002, TC003

from collections.abc import Sequence

from pages import Article, Comment, Field, Link, Message, Option, Order, Product, Reaction
from stario.markup import HtmlElement, render


def table(orders: Sequence[Order]) -> str:
    return render(t"""
        <table class="table" id="orders">
          <caption>Orders</caption>
          <thead>
            <tr>
              <th>Number</th><th>Customer</th><th>City</th>
              <th>Quantity</th><th>Price</th><th>Status</th>
            </tr>
          </thead>
          <tbody>{[order_row(order) for order in orders]}</tbody>
        </table>""")


def order_row(order: Order) -> HtmlElement:
    return t"""
        <tr id="order-{order.number}">
          <td class="number">{order.number}</td>
          <td><a href="/customers/{order.customer_id}">{order.customer}</a></td>
          <td>{order.city}</td>
          <td class="number">{order.quantity}</td>
          <td class="number">{order.price}</td>
          <td class="status status--{order.status}">{order.status}</td>
        </tr>"""


def products(products: Sequence[Product]) -> str:
    return render(t'<div class="grid">{[card(product) for product in products]}</div>')


def card(product: Product) -> HtmlElement:
    css = "card card--sale" if product.on_sale else "card"
    href = f"/products/{product.slug}?from=grid&n={product.number}"
    return t"""
        <article class={css} id="product-{product.number}" data-id={product.number}
          data-category={product.category}>
          <a class="card__link" href={href}>
            <img class="card__image" src={product.image} alt={product.name}
              width="320" height="240" loading="lazy" />
          </a>
          <h3 class="card__title"><a href={href} title={product.name}>{product.name}</a></h3>
          <p class="card__rating" aria-label="{product.rating} of 5 stars">{product.stars}</p>
          <p class="card__price" data-currency="EUR">{product.price}</p>
          <button type="button" class="button button--primary" data-action="add"
            data-product={product.number} aria-label="Add {product.name}"
            disabled={not product.in_stock}>Add</button>
        </article>"""


def form(fields: Sequence[Field]) -> str:
    return render(t"""
        <form class="form" method="post" action="/account" enctype="multipart/form-data">
          {problems([field for field in fields if field.error])}
          {[form_field(field) for field in fields]}
          <button type="submit" class="button">Save</button>
        </form>""")


def problems(fields: Sequence[Field]) -> HtmlElement:
    if not fields:
        return None
    items = [t'<li><a href="#{field.name}">{field.error}</a></li>' for field in fields]
    return t"""
        <div class="alert" role="alert"><h2>{len(fields)} problems</h2><ul>{items}</ul></div>"""


def form_field(field: Field) -> HtmlElement:
    css = "field field--error" if field.error else "field"
    required = t'<span class="required">*</span>' if field.required else None
    hint = t'<p class="hint">{field.hint}</p>' if field.hint else None
    error = t'<p class="error" id="{field.name}-error">{field.error}</p>' if field.error else None
    return t"""
        <div class={css}>
          <label for={field.name}>{field.label}{required}</label>
          {control(field)}
          {hint}
          {error}
        </div>"""


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
            options = [option(choice, field.value) for choice in field.options]
            return t"<select {common}>{options}</select>"
        case "textarea":
            return t'<textarea {common} rows="4">{field.value}</textarea>'
        case "checkbox":
            return t'<input {common} type="checkbox" value="yes" checked={bool(field.value)} />'
        case _:
            return t'<input {common} class="input" type={field.kind} value={field.value} />'


def option(choice: Option, chosen: str) -> HtmlElement:
    selected = choice.value == chosen
    return t"<option value={choice.value} selected={selected}>{choice.label}</option>"


def article(article: Article) -> str:
    mailto = f"mailto:{article.email}"
    tags = [t'<li><a href="/tags" rel="tag">{tag}</a></li>' for tag in article.tags]
    return render(
        layout(
            article,
            t"""
            <article class="article">
              <h1>{article.title}</h1>
              <p class="byline">By <a href={mailto}>{article.author}</a> on <time
                datetime={article.published}>{article.published}</time></p>
              {[t"<p>{text}</p>" for text in article.paragraphs]}
              <ul class="tags">{tags}</ul>
            </article>
            <section class="comments" id="comments">
              <h2>{article.comment_count} comments</h2>
              {[comment(top) for top in article.comments]}
            </section>""",
        )
    )


def layout(article: Article, content: HtmlElement) -> HtmlElement:
    return t"""<!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width" />
            <title>{article.title}</title>
            <link rel="stylesheet" href="/static/site.css" />
          </head>
          <body>
            <header class="site-header">
              <nav aria-label="Main"><ul>{[menu_item(link) for link in article.menu]}</ul></nav>
            </header>
            <main id="main">{content}</main>
            <footer class="site-footer">
              <p>© Example &amp; Sons</p>
              <ul>{[menu_item(link) for link in article.footer]}</ul>
            </footer>
          </body>
        </html>"""


def menu_item(link: Link) -> HtmlElement:
    current = "page" if link.current else None
    return t"<li><a href={link.path} aria-current={current}>{link.title}</a></li>"


def comment(one: Comment) -> HtmlElement:
    return t"""
        <div class="comment" id="comment-{one.number}">
          <p class="comment__head"><b>{one.author}</b>
            <time datetime={one.posted}>{one.posted}</time></p>
          <p>{one.text}</p>
          {replies(one.replies)}
        </div>"""


def replies(comments: Sequence[Comment]) -> HtmlElement:
    if not comments:
        return None
    return t'<div class="replies">{[comment(reply) for reply in comments]}</div>'


def feed(messages: Sequence[Message]) -> str:
    return render(t'<ol class="feed" id="feed">{[message(one) for one in messages]}</ol>')


def message(one: Message) -> HtmlElement:
    css = "message message--own" if one.own else "message"
    return t"""
        <li class={css} id="message-{one.number}" data-author={one.author_id}>
          <img class="avatar" src={one.avatar} alt="" />
          <strong>{one.author}</strong>
          <time datetime={one.sent}>{one.time}</time>
          <p class="message__text">{one.text}</p>
          {reactions(one.reactions)}
        </li>"""


def reactions(reactions: Sequence[Reaction]) -> HtmlElement:
    if not reactions:
        return None
    items = [t"<li>{one.emoji}<b>{one.count}</b></li>" for one in reactions]
    return t'<ul class="reactions">{items}</ul>'
