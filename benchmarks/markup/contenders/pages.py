"""What the pages show: the same objects for every contender, made without chance."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Order:
    """A row of the table."""

    number: int
    customer_id: int
    customer: str
    city: str
    quantity: int
    price: str
    status: str


@dataclass(frozen=True, slots=True)
class Product:
    """A card of the grid."""

    number: int
    slug: str
    name: str
    category: str
    image: str
    price: str
    rating: int
    on_sale: bool
    in_stock: bool

    @property
    def stars(self) -> str:
        return "★" * self.rating


@dataclass(frozen=True, slots=True)
class Option:
    """A choice in a select."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled control: `kind` is `select`, `textarea`, or a type of input."""

    name: str
    label: str
    kind: str
    value: str = ""
    required: bool = False
    hint: str | None = None
    error: str | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with the replies to it."""

    number: int
    author: str
    posted: str
    text: str
    replies: tuple["Comment", ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a menu."""

    path: str
    title: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """A whole page with its menu."""

    title: str
    author: str
    email: str
    published: str
    menu: tuple[Link, ...]
    footer: tuple[Link, ...]
    paragraphs: tuple[str, ...]
    tags: tuple[str, ...]
    comment_count: int
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Reaction:
    """How many people answered a message with one emoji."""

    emoji: str
    count: int


@dataclass(frozen=True, slots=True)
class Message:
    """A line of a chat."""

    number: int
    author_id: str
    author: str
    avatar: str
    sent: str
    time: str
    text: str
    own: bool
    reactions: tuple[Reaction, ...] = field(default=())


PEOPLE = ("Ada Lovelace", "Grace Hopper", "Zoë Müller", "D'Arcy O'Neill", "Smith & Sons", "李小龍")
CITIES = ("London", "Zürich", "New York", "São Paulo", "Trinidad & Tobago", "Kraków", "Oslo")
STATES = ("paid", "open", "refunded")
WORDS = (
    "The loom weaves algebraic patterns just as the Jacquard loom weaves flowers and leaves.",
    "It is easier to ask forgiveness than it is to get permission, said the admiral.",
    "A ship in port is safe, but that is not what ships are built for; x < y & y > z.",
)
TEXTS = (
    "ok",
    'Did you see <b>this</b>? It says "don\'t" & means it.',
    "Grüße aus Köln! 🎉",
    "if (a < b && b > c) return '<script>alert(1)</script>';",
    "I'll be there in five minutes, start without me.",
    "こんにちは、世界。",
)


def orders(count: int, first: int = 0) -> tuple[Order, ...]:
    """Rows in Latin letters: one wide character would double the memory of the whole text."""
    return tuple(
        Order(
            number=10_000 + n,
            customer_id=n * 7,
            customer=PEOPLE[n % 5],
            city=CITIES[n % 7],
            quantity=n % 9 + 1,
            price=f"{n * 3.5 + 1:.2f}",
            status=STATES[n % 3],
        )
        for n in range(first, first + count)
    )


def products(count: int, first: int = 0) -> tuple[Product, ...]:
    return tuple(
        Product(
            number=n,
            slug=f"chair-no-{n}",
            name=f'Chair No. {n} "Oslo" & stool' if n % 4 == 0 else f"Chair No. {n}, oak",
            category=("seats", "tables", "lamps")[n % 3],
            image=f"https://images.example.com/chairs/{n}.webp?w=320&h=240",
            price=f"{n * 12.5 + 49:.2f}",
            rating=n % 5 + 1,
            on_sale=n % 4 == 1,
            in_stock=n % 5 != 0,
        )
        for n in range(first, first + count)
    )


COUNTRIES = (
    "Åland Islands|Argentina|Australia|Bosnia & Herzegovina|Brazil|Canada|Chile|China|Côte d'Ivoire"
    "|Denmark|Egypt|Estonia|Finland|France|Germany|Ghana|India|Italy|Japan|Kenya|Mexico|Norway"
    "|Poland|Portugal|Spain|Sweden|Trinidad & Tobago|Ukraine|United Kingdom|Uruguay"
)
MONTHS = "January February March April May June July August September October November December"

FIELDS = (
    Field("name", "Full name", "text", 'Ada "the Countess" Lovelace', required=True),
    Field(
        "email",
        "E-mail",
        "email",
        "ada@example",
        required=True,
        hint="We write once a month & never share it.",
        error='"ada@example" is not an address.',
    ),
    Field("phone", "Telephone", "tel", hint="With the code of your country, as in +44."),
    Field("street", "Street and number", "text", "12 St James's Square", required=True),
    Field("city", "City", "text", "London", required=True),
    Field(
        "country",
        "Country",
        "select",
        "28",
        required=True,
        options=tuple(Option(str(n), name) for n, name in enumerate(COUNTRIES.split("|"))),
    ),
    Field("day", "Day of birth", "number", "31", error="February has at most 29 days."),
    Field(
        "month",
        "Month of birth",
        "select",
        "02",
        error="Choose a month that has 31 days.",
        options=tuple(Option(f"{n:02}", name) for n, name in enumerate(MONTHS.split(), 1)),
    ),
    Field("about", "About you", "textarea", "I like <code> & numbers.", hint="Up to 500 letters."),
    Field("news", "Send me news", "checkbox", "yes"),
    Field("terms", "I accept the terms", "checkbox", required=True, error="Please accept them."),
)


def comments(depth: int, first: int = 1) -> tuple[Comment, ...]:
    """Three comments, each with two replies, and so on: 3 * (2**depth - 1) in all."""
    return tuple(_comment(depth, first + n * (2**depth - 1)) for n in range(3))


def _comment(depth: int, number: int) -> Comment:
    size = 2 ** (depth - 1) - 1
    replies = (_comment(depth - 1, number + 1 + n * size) for n in range(2)) if size else ()
    return Comment(
        number,
        PEOPLE[number % 6],
        f"2026-03-{number % 28 + 1:02}",
        TEXTS[number % 6],
        tuple(replies),
    )


def article(first: int) -> Article:
    return replace(ARTICLE, comments=comments(4, first))


ARTICLE = Article(
    title="Notes on the Analytical Engine & its <programs>",
    author="Ada Lovelace",
    email="ada@example.com",
    published="2026-03-01",
    menu=(
        Link("/", "Home"),
        Link("/articles", "Articles", current=True),
        Link("/about?from=nav&lang=en", "About"),
        Link("/contact", "Contact & help"),
    ),
    footer=(Link("/imprint", "Imprint"), Link("/privacy", "Privacy"), Link("/feed.xml", "Feed")),
    paragraphs=WORDS * 4,
    tags=("history", "mathematics", "c++ & friends", "engines"),
    comment_count=3 * (2**4 - 1),
    comments=comments(4),
)


def messages(count: int, first: int = 0) -> tuple[Message, ...]:
    return tuple(
        Message(
            number=n,
            author_id=f"u{n % 6}",
            author=PEOPLE[n % 6],
            avatar=f"/avatars/{n % 6}.png?size=40&round=1",
            sent=f"2026-03-01T12:{n % 60:02}:{n // 60:02}Z",
            time=f"12:{n % 60:02}",
            text=TEXTS[n % 6],
            own=n % 3 == 0,
            reactions=(Reaction("👍", n), Reaction("❤️", n % 7)) if n % 4 == 0 else (),
        )
        for n in range(first, first + count)
    )


# Each page is rendered with one datum after the other, so that what a contender remembers of the
# last request helps it no more than in an application. The form has one datum: its fields.
PAGES: dict[str, Sequence[object]] = {
    "table": [orders(50, first) for first in range(1, 2_001, 50)],
    "products": [products(24, first) for first in range(1, 961, 24)],
    "form": [FIELDS],
    "article": [article(first) for first in range(1, 1_801, 45)],
    "feed": [messages(30, first) for first in range(1, 1_201, 30)],
}
LONG_TABLE = orders(1_000)
