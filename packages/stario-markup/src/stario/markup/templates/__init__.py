"""t-strings (PEP 750) as nodes, on Python 3.14 and later: `h.Div(t"<b>{name}</b>")`.

The literal parts of a template are markup and written as they are; a value is escaped for the place
that it stands in. `scanner` reads the literal parts once, as a browser would (`tree`, `raw_text`,
`attribute_values`, `javascript`), and finds each place; `slots`, `url_slots` and `code_slots` say
what a place takes and how it is written; `fill` puts in the values, and `compiled` makes a function
of a template that is filled often. Where a browser could read the markup otherwise than `scanner`
does, the template is refused (`mistakes`, `syntax`).

This file is all that a page without templates loads.
"""

from __future__ import annotations

import sys
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


Template: type = type(eval('t""')) if sys.version_info >= (3, 14) else type("Template", (), {})
"""The type of t-strings; `string.templatelib` need not be loaded to meet one."""


@cache
def filling() -> ModuleType:
    """The module `fill`, loaded when the first template is met."""
    from stario.markup.templates import fill

    return fill
