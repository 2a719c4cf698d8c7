"""Values into plans: what makes text of a template.

The plan of each template is kept, found by the template's literal strings: Python gives the same
tuple each time, so this costs one look-up. A plan is walked at first; one that is used often is
compiled (see `compiled`).
"""

# The type of a template exists on Python 3.14 and later only, so it is Any here.

from typing import TYPE_CHECKING, Any

from stario.markup.errors import StarioError
from stario.markup.holes import joined, misused, placeholders_in
from stario.markup.templates.formats import formatted
from stario.markup.trusted import SafeString

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from stario.markup.templates.plan import Plan

_MANY = 512  # plans in one process: each is about as large as its template
_LONG = 100_000  # characters: a template of that length is data, and not worth keeping

_OFTEN = 200  # fills: then what is won by a compiled plan soon outweighs the 1 ms to compile it

_plans: "dict[tuple[object, ...], Plan]" = {}
_compiled: "dict[tuple[str, ...], Callable[[Any], Any]]" = {}


def text_of(template: Any) -> Any:
    """The text of `template` as markup between tags: a str, or Unfinished inside a builder.

    Raises StarioError for a mistake in the template, and for a value that its place does not take.
    """
    fill = _compiled.get(template.strings)
    if fill is None:
        return _walked(template)
    try:
        return fill(template.interpolations)
    except StarioError as error:
        if "slot" not in error.context:  # a template inside this one has named its own
            _walked(template)  # raises the same, and names the slot
        raise


def _walked(template: Any) -> Any:
    strings = template.strings
    plan = _plans.get(strings)
    if plan is None:
        plan = _read(strings, template, lambda: _scanner().plan_of_markup(strings))
    uses = plan.uses = plan.uses + 1
    if uses == _OFTEN and strings in _plans:
        from stario.markup.templates.compiled import compiled

        _compiled[strings] = compiled(plan)
    return joined(_interpreted(plan, template))


def attribute_text(element: str, name: str, template: Any) -> str:
    """The attribute `name` of `element` whose value is `template`."""
    strings = template.strings
    key = (element, name, strings)
    plan = _plans.get(key)
    if plan is None:
        plan = _read(key, template, lambda: _scanner().plan_of_attribute(element, name, strings))
    parts: list[Any] = _interpreted(plan, template)
    for placeholder in placeholders_in(parts):
        raise misused(placeholder, f"in a template that is the value of {name!r}")
    return "".join(parts)


def raw_text(element: str, template: Any) -> SafeString:
    """The content of `script` or `style` that is `template`."""
    strings = template.strings
    key = (element, strings)
    plan = _plans.get(key)
    if plan is None:
        plan = _read(key, template, lambda: _scanner().plan_of_raw_text(element, strings))
    return SafeString("".join(_interpreted(plan, template)))


def _interpreted(plan: "Plan", template: Any) -> list[Any]:
    parts: list[Any] = []
    slot: Any = None
    interpolation: Any = None
    try:
        for literal, slot, interpolation in zip(
            plan.literals, plan.slots, template.interpolations, strict=True
        ):
            parts.append(literal)
            formats = interpolation.conversion or interpolation.format_spec
            slot.append(parts, formatted(interpolation) if formats else interpolation.value)
    except StarioError as error:
        # Only in the loop something raises, so these two are those of the value at fault.
        error.context.setdefault("slot", f"{{{interpolation.expression}}} in {slot.place}")
        raise
    parts.append(plan.tail)
    return parts


def _read(key: tuple[object, ...], template: Any, read: "Callable[[], Plan]") -> "Plan":
    """Read a template that was not met before, and keep its plan."""
    from stario.markup.templates.mistakes import Mistake, explained

    try:
        plan = read()
    except Mistake as mistake:
        expressions = [value.expression for value in template.interpolations]
        raise explained(mistake, template.strings, expressions) from None
    if sum(map(len, template.strings)) <= _LONG:
        if len(_plans) >= _MANY:
            _plans.clear()
            _compiled.clear()
        _plans[key] = plan
    return plan


def _scanner() -> "ModuleType":
    from stario.markup.templates import scanner  # loads `re`; no template was read before

    return scanner
