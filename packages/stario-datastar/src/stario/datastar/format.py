"""The formats that attributes and actions share, and their types.

JavaScript literals and filters are in `page.js`, times in `page.timing`; this is their public path.
"""

from stario.datastar.events import PatchMode
from stario.datastar.names import Case
from stario.datastar.page.js import (
    FilterValue,
    filter_js,
    js_object,
    parse_filter_value,
    string_literal,
)
from stario.datastar.page.timing import (
    Debounce,
    Throttle,
    TimeValue,
    debounce_to_string,
    throttle_to_string,
    time_to_string,
)
from stario.datastar.payload import SignalValue

__all__ = [
    "Case",
    "Debounce",
    "FilterValue",
    "PatchMode",
    "SignalValue",
    "Throttle",
    "TimeValue",
    "debounce_to_string",
    "filter_js",
    "js_object",
    "parse_filter_value",
    "string_literal",
    "throttle_to_string",
    "time_to_string",
]
