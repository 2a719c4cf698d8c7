"""The page of the benchmark, once in plain calls and once with its row baked."""

from collections.abc import Mapping, Sequence
from json import JSONEncoder

from stario.markup import HtmlElement, SafeString, baked, render
from stario.markup import html as h

type Row = Mapping[str, str | int]

JSON_ENCODE = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def row(item: Row) -> HtmlElement:
    return h.Tr(
        {"class": "row", "id": f"row-{item['id']}"},
        h.Td(item["id"]),
        h.Td({"class": "name"}, h.A({"href": f"/items/{item['id']}"}, item["name"])),
        h.Td({"class": "price"}, item["price"]),
        h.Td(item["stock"]),
    )


@baked
def baked_row(
    row_id: str, number: str | int, link: str, name: str | int, price: str | int, stock: str | int
) -> HtmlElement:
    return h.Tr(
        {"class": "row", "id": row_id},
        h.Td(number),
        h.Td({"class": "name"}, h.A({"href": link}, name)),
        h.Td({"class": "price"}, price),
        h.Td(stock),
    )


def page(rows: HtmlElement) -> SafeString:
    return SafeString(
        render(
            h.HtmlDocument(
                {"lang": "en"},
                h.Head(h.Meta({"charset": "utf-8"}), h.Title("Items")),
                h.Body(h.H1("Items"), h.Table({"class": "items"}, h.Tbody(rows))),
            )
        )
    )


def plain_page(rows: Sequence[Row]) -> SafeString:
    return page([row(item) for item in rows])


def baked_page(rows: Sequence[Row]) -> SafeString:
    return page(
        [
            baked_row(
                f"row-{item['id']}",
                item["id"],
                f"/items/{item['id']}",
                item["name"],
                item["price"],
                item["stock"],
            )
            for item in rows
        ]
    )
