"""The slots in the content of `<script>`, `<style>` and their like, where nothing is markup.

In a script they depend on its type: JavaScript and JSON are read, other types are text.
"""

import re
from collections.abc import Mapping, Sequence
from html import unescape

from stario.markup.templates import syntax
from stario.markup.templates.code_slots import RawSlot, ScriptSlot, StyleSlot
from stario.markup.templates.javascript import places, places_in_json
from stario.markup.templates.mistakes import SLOT, Mistake
from stario.markup.templates.references import refuse_in_script
from stario.markup.templates.slots import Slot
from stario.markup.templates.words import words

_BEGUN_TAG = re.compile("<(?:/[A-Za-z]*|!-?)?\0")

_JAVASCRIPT = words(
    """
    module text/javascript application/javascript text/ecmascript application/ecmascript
    text/x-javascript application/x-javascript text/x-ecmascript application/x-ecmascript
    text/jscript text/livescript text/javascript1.0 text/javascript1.1 text/javascript1.2
    text/javascript1.3 text/javascript1.4 text/javascript1.5
    """
) | {""}
_JSON = frozenset({"application/json", "text/json", "importmap", "speculationrules"})


def slots_of(name: str, attributes: Mapping[str, str], content: str, start: int) -> Sequence[Slot]:
    """The slots of `content`, which begins at `start`, of the element `name`. Raises Mistake."""
    if name == "script" and "<!--" in content:
        raise syntax.hides_end(start + content.index("<!--"))
    if SLOT not in content:
        return ()
    if found := _BEGUN_TAG.search(content):
        raise syntax.could_become_tag(start + found.start(), len(found[0]))
    if name == "style":
        return [StyleSlot("<style>")] * content.count(SLOT)
    if name == "script":
        return _script_slots(attributes.get("type", ""), content, start)
    raise syntax.nothing_is_escaped(start + content.index(SLOT), name)


def _script_slots(kind: str, content: str, start: int) -> Sequence[Slot]:
    if SLOT in kind:
        raise syntax.unknown_type(start + content.index(SLOT))
    kind = unescape(kind).strip().lower()
    try:
        if kind in _JAVASCRIPT:
            refuse_in_script(content)
            return [ScriptSlot(place) for place in places(content)]
        if kind in _JSON or kind.endswith("+json"):
            return [ScriptSlot(place) for place in places_in_json(content)]
    except Mistake as mistake:
        mistake.at += start
        raise
    return [RawSlot("a <script> of this type")] * content.count(SLOT)
