"""What is sent of a file, decided in the order of RFC 9110, section 13.2.2."""

from typing import TYPE_CHECKING, NamedTuple

from stario.staticassets.conditions import failed_condition, wanted_range
from stario.staticassets.ranges import ByteRange, Unsatisfiable

if TYPE_CHECKING:
    from stario.http.request import Request
    from stario.http.sending.prepared import Fields
    from stario.staticassets.representation import Representation

_NOTHING = ByteRange(0, -1)


class Plan(NamedTuple):
    """A status, its fields, and the part of the form that is its body."""

    status: int
    fields: "Fields"
    part: ByteRange


def plan_for(req: "Request", form: "Representation", plain: "Representation") -> Plan:
    """Decide about a file of which the client prefers one form; parts are of the plain one."""
    facts = plain.facts
    part = wanted_range(req, facts.size, plain.etag, facts.modified)
    if part is not None:
        form = plain
    status = failed_condition(req, form.etag, facts.modified)
    if status == 412:
        return Plan(412, form.failed_fields(), _NOTHING)
    if status == 304:
        return Plan(304, form.shared, _NOTHING)
    if part is None:
        return Plan(200, form.whole_fields, ByteRange(0, facts.size - 1))
    if isinstance(part, Unsatisfiable):
        return Plan(416, plain.unsatisfiable_fields(), _NOTHING)
    return Plan(206, plain.part_fields(part), part)
