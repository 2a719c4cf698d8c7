"""Django's templates, with the cached loader that they have in production."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Sequence

import django
from django.conf import settings
from django.template import Context, Engine
from pages import Article, Field, Message, Order, Product

TEMPLATES = {
    "table.html": """\
<table class="table" id="orders">
  <caption>Orders</caption>
  <thead>
    <tr>
      <th>Number</th><th>Customer</th><th>City</th><th>Quantity</th><th>Price</th><th>Status</th>
    </tr>
  </thead>
  <tbody>
    {% for order in orders %}
    <tr id="order-{{ order.number }}">
      <td class="number">{{ order.number }}</td>
      <td><a href="/customers/{{ order.customer_id }}">{{ order.customer }}</a></td>
      <td>{{ order.city }}</td>
      <td class="number">{{ order.quantity }}</td>
      <td class="number">{{ order.price }}</td>
      <td class="status status--{{ order.status }}">{{ order.status }}</td>
    </tr>
    {% endfor %}
  </tbody>
</table>
""",
    "products.html": """\
<div class="grid">
  {% for product in products %}{% include "card.html" %}{% endfor %}
</div>
""",
    "card.html": """\
<article class="card{% if product.on_sale %} card--sale{% endif %}"
  id="product-{{ product.number }}" data-id="{{ product.number }}"
  data-category="{{ product.category }}">
  <a class="card__link" href="/products/{{ product.slug }}?from=grid&amp;n={{ product.number }}">
    <img class="card__image" src="{{ product.image }}" alt="{{ product.name }}"
      width="320" height="240" loading="lazy">
  </a>
  <h3 class="card__title">
    <a href="/products/{{ product.slug }}?from=grid&amp;n={{ product.number }}"
      title="{{ product.name }}">{{ product.name }}</a>
  </h3>
  <p class="card__rating" aria-label="{{ product.rating }} of 5 stars">
    {{ product.stars }}
  </p>
  <p class="card__price" data-currency="EUR">{{ product.price }}</p>
  <button type="button" class="button button--primary" data-action="add"
    data-product="{{ product.number }}" aria-label="Add {{ product.name }}"
    {% if not product.in_stock %}disabled{% endif %}>Add</button>
</article>
""",
    "form.html": """\
<form class="form" method="post" action="/account" enctype="multipart/form-data">
  {% if errors %}
  <div class="alert" role="alert">
    <h2>{{ errors|length }} problems</h2>
    <ul>
      {% for field in errors %}
      <li><a href="#{{ field.name }}">{{ field.error }}</a></li>
      {% endfor %}
    </ul>
  </div>
  {% endif %}
  {% for field in fields %}
  <div class="field{% if field.error %} field--error{% endif %}">
    <label for="{{ field.name }}">{{ field.label }}
      {% if field.required %}<span class="required">*</span>{% endif %}</label>
    {% include "control.html" %}
    {% if field.hint %}<p class="hint">{{ field.hint }}</p>{% endif %}
    {% if field.error %}
    <p class="error" id="{{ field.name }}-error">{{ field.error }}</p>
    {% endif %}
  </div>
  {% endfor %}
  <button type="submit" class="button">Save</button>
</form>
""",
    "control.html": """\
{% if field.kind == "select" %}
<select {% include "common.html" %}>
  {% for option in field.options %}
  <option value="{{ option.value }}"
    {% if option.value == field.value %}selected{% endif %}>{{ option.label }}</option>
  {% endfor %}
</select>
{% elif field.kind == "textarea" %}
<textarea {% include "common.html" %} rows="4">{{ field.value }}</textarea>
{% elif field.kind == "checkbox" %}
<input {% include "common.html" %} type="checkbox" value="yes"
  {% if field.value %}checked{% endif %}>
{% else %}
<input {% include "common.html" %} class="input" type="{{ field.kind }}" value="{{ field.value }}">
{% endif %}
""",
    "common.html": """\
id="{{ field.name }}" name="{{ field.name }}" {% if field.required %}required{% endif %}
{% if field.error %}aria-invalid="true" aria-describedby="{{ field.name }}-error"{% endif %}
""",
    "layout.html": """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>{{ article.title }}</title>
  <link rel="stylesheet" href="/static/site.css">
</head>
<body>
  <header class="site-header">
    <nav aria-label="Main">
      <ul>{% for link in article.menu %}{% include "menu_item.html" %}{% endfor %}</ul>
    </nav>
  </header>
  <main id="main">{% block main %}{% endblock %}</main>
  <footer class="site-footer">
    <p>© Example &amp; Sons</p>
    <ul>{% for link in article.footer %}{% include "menu_item.html" %}{% endfor %}</ul>
  </footer>
</body>
</html>
""",
    "menu_item.html": """\
<li><a href="{{ link.path }}" {% if link.current %}aria-current="page"{% endif %}>
  {{ link.title }}</a></li>
""",
    "article.html": """\
{% extends "layout.html" %}
{% block main %}
<article class="article">
  <h1>{{ article.title }}</h1>
  <p class="byline">By <a href="mailto:{{ article.email }}">{{ article.author }}</a> on <time
    datetime="{{ article.published }}">{{ article.published }}</time></p>
  {% for text in article.paragraphs %}<p>{{ text }}</p>{% endfor %}
  <ul class="tags">
    {% for tag in article.tags %}<li><a href="/tags" rel="tag">{{ tag }}</a></li>{% endfor %}
  </ul>
</article>
<section class="comments" id="comments">
  <h2>{{ article.comment_count }} comments</h2>
  {% for comment in article.comments %}{% include "comment.html" %}{% endfor %}
</section>
{% endblock %}
""",
    "comment.html": """\
<div class="comment" id="comment-{{ comment.number }}">
  <p class="comment__head"><b>{{ comment.author }}</b>
    <time datetime="{{ comment.posted }}">{{ comment.posted }}</time></p>
  <p>{{ comment.text }}</p>
  {% if comment.replies %}
  <div class="replies">
    {% for comment in comment.replies %}{% include "comment.html" %}{% endfor %}
  </div>
  {% endif %}
</div>
""",
    "feed.html": """\
<ol class="feed" id="feed">
  {% for message in messages %}
  <li class="message{% if message.own %} message--own{% endif %}" id="message-{{ message.number }}"
    data-author="{{ message.author_id }}">
    <img class="avatar" src="{{ message.avatar }}" alt="">
    <strong>{{ message.author }}</strong>
    <time datetime="{{ message.sent }}">{{ message.time }}</time>
    <p class="message__text">{{ message.text }}</p>
    {% if message.reactions %}
    <ul class="reactions">
      {% for reaction in message.reactions %}
      <li>{{ reaction.emoji }}<b>{{ reaction.count }}</b></li>
      {% endfor %}
    </ul>
    {% endif %}
  </li>
  {% endfor %}
</ol>
""",
}
LOCMEM = ("django.template.loaders.locmem.Loader", TEMPLATES)

settings.configure(USE_I18N=False)
django.setup()
ENGINE = Engine(loaders=[("django.template.loaders.cached.Loader", [LOCMEM])])


def render(name: str, **context: object) -> str:
    return ENGINE.get_template(name).render(Context(context))


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
