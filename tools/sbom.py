"""Write a software bill of materials (CycloneDX 1.6, JSON) beside each wheel.

    .venv/bin/python tools/sbom.py dist/*.whl

It lists what the wheel's metadata asks for, and what that asks for, extras included, at the
versions that tools/requirements.txt pins and this environment has; our own packages at the version
in the tree. A user's installer may choose others within the ranges. The same wheel gives the same
bytes.
"""

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_string
from email.message import Message
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from distributions import commit_time, metadata
from packaging.requirements import Requirement
from programs import Failed
from workspace import members, name_of

type Component = dict[str, Any]


def bill(wheel: Path, seconds: int) -> dict[str, Any]:
    """The bill of materials of a wheel.

    Args:
        wheel: The file.
        seconds: The time that the bill carries, since 1970.
    """
    facts = metadata(wheel)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    found, depends = _closure(facts)
    own = _component(facts) | {"hashes": [{"alg": "SHA-256", "content": digest}]}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(seconds, UTC).isoformat(),
            "component": own,
        },
        "components": [_component(found[name]) for name in sorted(found)],
        "dependencies": depends,
    }


def _closure(facts: Message) -> tuple[dict[str, Message], list[dict[str, Any]]]:
    """All that a distribution asks for, directly or not, and who asks for whom."""
    found: dict[str, Message] = {}
    waiting = [(facts, set(facts.get_all("Provides-Extra", [])))]
    seen: set[tuple[str, frozenset[str]]] = set()
    edges: dict[str, set[str]] = {}
    while waiting:
        asker, extras = waiting.pop()
        here = edges.setdefault(_purl(asker), set())
        for asked in _requirements(asker, extras):
            name = name_of(asked.name)
            if name == name_of(facts["Name"]):
                continue
            found.setdefault(name, _facts(name))
            here.add(_purl(found[name]))
            key = name, frozenset(asked.extras)
            if key not in seen:
                seen.add(key)
                waiting.append((found[name], set(asked.extras)))
    return found, [{"ref": one, "dependsOn": sorted(edges[one])} for one in sorted(edges)]


def _requirements(facts: Message, extras: set[str]) -> Iterator[Requirement]:
    """What a distribution asks for here, with these extras."""
    for text in facts.get_all("Requires-Dist", []):
        asked = Requirement(text)
        markers = [{"extra": extra} for extra in ("", *sorted(extras))]
        if asked.marker is None or any(asked.marker.evaluate(one) for one in markers):
            yield asked


def _facts(name: str) -> Message:
    try:
        found = distribution(name)
    except PackageNotFoundError as missing:
        raise Failed(
            f"{name} is not installed here: run `uv run --no-project tools/check.py setup`, and "
            f"this with .venv's Python."
        ) from missing
    facts = message_from_string(found.read_text("METADATA") or "")
    ours = members().get(name)
    if ours is not None and facts["Version"] != ours.version:
        raise Failed(
            f"{name} is installed here as {facts['Version']}, and the tree has {ours.version}: run "
            f"`uv run --no-project tools/check.py setup`."
        )
    return facts


def _purl(facts: Message) -> str:
    """The package URL of a distribution: its identity in every index of vulnerabilities."""
    return f"pkg:pypi/{name_of(facts['Name'])}@{facts['Version']}"


def _component(facts: Message) -> Component:
    component: Component = {
        "type": "library",
        "bom-ref": _purl(facts),
        "name": name_of(facts["Name"]),
        "version": facts["Version"],
        "purl": _purl(facts),
    }
    if facts["Summary"]:
        component["description"] = facts["Summary"]
    if licence := facts["License-Expression"]:
        component["licenses"] = [{"expression": licence}]
    elif name := _named_licence(facts):
        component["licenses"] = [{"license": {"name": name}}]
    return component


def _named_licence(facts: Message) -> str:
    """The licence of metadata from before SPDX expressions; "" where it is a whole text."""
    told = [text for text in facts.get_all("Classifier", []) if text.startswith("License :: ")]
    text = told[0].rpartition(" :: ")[2] if told else str(facts["License"] or "")
    return text if re.fullmatch(r"[^\n]{1,80}", text) else ""


def main(arguments: list[str]) -> int:
    if not arguments:
        print("Usage: .venv/bin/python tools/sbom.py WHEEL ...", file=sys.stderr)
        return 2
    try:
        for wheel in map(Path, arguments):
            file = wheel.with_name(f"{wheel.name.removesuffix('.whl')}.cdx.json")
            text = json.dumps(bill(wheel, int(commit_time())), indent=2, ensure_ascii=False)
            file.write_text(f"{text}\n", "utf-8", newline="\n")
            print(file)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
