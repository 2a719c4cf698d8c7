"""The templates of jinja2 and minijinja, which speak the same language."""

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
    {%- for order in orders %}
    <tr id="order-{{ order.number }}">
      <td class="number">{{ order.number }}</td>
      <td><a href="/customers/{{ order.customer_id }}">{{ order.customer }}</a></td>
      <td>{{ order.city }}</td>
      <td class="number">{{ order.quantity }}</td>
      <td class="number">{{ order.price }}</td>
      <td class="status status--{{ order.status }}">{{ order.status }}</td>
    </tr>
    {%- endfor %}
  </tbody>
</table>
""",
    "products.html": """\
{% macro card(product) %}
{%- set href = "/products/" ~ product.slug ~ "?from=grid&n=" ~ product.number %}
<article class="card{% if product.on_sale %} card--sale{% endif %}"
  id="product-{{ product.number }}" data-id="{{ product.number }}"
  data-category="{{ product.category }}">
  <a class="card__link" href="{{ href }}">
    <img class="card__image" src="{{ product.image }}" alt="{{ product.name }}"
      width="320" height="240" loading="lazy">
  </a>
  <h3 class="card__title">
    <a href="{{ href }}" title="{{ product.name }}">{{ product.name }}</a>
  </h3>
  <p class="card__rating" aria-label="{{ product.rating }} of 5 stars">{{ product.stars }}</p>
  <p class="card__price" data-currency="EUR">{{ product.price }}</p>
  <button type="button" class="button button--primary" data-action="add"
    data-product="{{ product.number }}" aria-label="Add {{ product.name }}"
    {%- if not product.in_stock %} disabled{% endif %}>Add</button>
</article>
{%- endmacro %}
<div class="grid">
  {% for product in products %}{{ card(product) }}{% endfor %}
</div>
""",
    "form.html": """\
{% macro common(field) %} id="{{ field.name }}" name="{{ field.name }}"
  {%- if field.required %} required{% endif %}
  {%- if field.error %} aria-invalid="true" aria-describedby="{{ field.name }}-error"{% endif %}
{%- endmacro %}
{% macro control(field) %}
{%- if field.kind == "select" %}
<select{{ common(field) }}>
  {%- for option in field.options %}
  <option value="{{ option.value }}"{% if option.value == field.value %} selected{% endif %}>
    {{- option.label -}}
  </option>
  {%- endfor %}
</select>
{%- elif field.kind == "textarea" %}
<textarea{{ common(field) }} rows="4">{{ field.value }}</textarea>
{%- elif field.kind == "checkbox" %}
<input{{ common(field) }} type="checkbox" value="yes"{% if field.value %} checked{% endif %}>
{%- else %}
<input{{ common(field) }} class="input" type="{{ field.kind }}" value="{{ field.value }}">
{%- endif %}
{%- endmacro %}
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
      {%- if field.required %}<span class="required">*</span>{% endif %}</label>
    {{ control(field) }}
    {% if field.hint %}<p class="hint">{{ field.hint }}</p>{% endif %}
    {% if field.error %}
    <p class="error" id="{{ field.name }}-error">{{ field.error }}</p>
    {% endif %}
  </div>
  {% endfor %}
  <button type="submit" class="button">Save</button>
</form>
""",
    "layout.html": """\
{% macro menu_item(link) %}
<li><a href="{{ link.path }}"{% if link.current %} aria-current="page"{% endif %}>
  {{- link.title }}</a></li>
{% endmacro %}
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
      <ul>{% for link in article.menu %}{{ menu_item(link) }}{% endfor %}</ul>
    </nav>
  </header>
  <main id="main">{% block main %}{% endblock %}</main>
  <footer class="site-footer">
    <p>© Example &amp; Sons</p>
    <ul>{% for link in article.footer %}{{ menu_item(link) }}{% endfor %}</ul>
  </footer>
</body>
</html>
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
  {% for comment in article.comments recursive %}
  <div class="comment" id="comment-{{ comment.number }}">
    <p class="comment__head"><b>{{ comment.author }}</b>
      <time datetime="{{ comment.posted }}">{{ comment.posted }}</time></p>
    <p>{{ comment.text }}</p>
    {% if comment.replies %}<div class="replies">{{ loop(comment.replies) }}</div>{% endif %}
  </div>
  {% endfor %}
</section>
{% endblock %}
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
