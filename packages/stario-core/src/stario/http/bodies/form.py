"""A form that was sent as `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).

The parser of that standard refuses nothing, and reads the pairs of a query; so a form is one. Only
the number of its fields is limited: each costs a hundred times its two bytes.
"""

from stario.exceptions import HttpException
from stario.http.query import ParsedQuery

# As many as PHP takes (max_input_vars), and more than any page shows.
MAX_FIELDS = 1000


def parse_form(data: bytes, max_fields: int = MAX_FIELDS) -> ParsedQuery:
    """Return the fields of a form; HttpException(400) for more than `max_fields`."""
    # A count costs next to nothing; empty pairs, which are none, are looked for when it matters.
    if data.count(b"&") >= max_fields and sum(map(bool, data.split(b"&"))) > max_fields:
        raise too_many_fields(max_fields)
    return ParsedQuery(data)


def too_many_fields(max_fields: int) -> HttpException:
    return HttpException(400, f"The form has more than {max_fields} fields.")
