"""A bill of materials is valid CycloneDX and names what a wheel brings, at the pinned versions."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import sbom
import workspace
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from programs import Failed

RELEASES = [member.name for member in workspace.releases()]
WHEN = 1_700_000_000
PINS = workspace.PINS.read_text("utf-8")


@pytest.fixture(scope="module")
def bills(wheels: dict[str, Path]) -> dict[str, dict[str, Any]]:
    return {name: sbom.bill(wheels[name], WHEN) for name in RELEASES}


def listed(bill: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["version"] for one in bill["components"]}


@pytest.mark.parametrize("name", RELEASES)
def test_it_is_valid_by_the_schema(name: str, bills: dict[str, dict[str, Any]]) -> None:
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bills[name]))
    assert problem is None, problem


def test_markup_brings_nothing(bills: dict[str, dict[str, Any]]) -> None:
    bill, version = bills["stario-markup"], workspace.members()["stario-markup"].version
    assert bill["components"] == []
    assert bill["metadata"]["component"]["purl"] == f"pkg:pypi/stario-markup@{version}"
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert bill["metadata"]["component"]["licenses"] == [{"expression": "MIT"}]


def test_core_brings_markup_and_what_it_declares(bills: dict[str, dict[str, Any]]) -> None:
    found = listed(bills["stario-core"])
    assert {"stario-markup", "httptools", "brotli"} <= set(found)
    assert f"httptools=={found['httptools']} " in PINS


@pytest.mark.parametrize("name", RELEASES)
def test_what_is_not_ours_has_the_pinned_version(
    name: str, bills: dict[str, dict[str, Any]]
) -> None:
    for other, version in listed(bills[name]).items():
        if other not in workspace.members():
            assert re.search(rf"^{re.escape(other)}=={re.escape(version)} ", PINS, re.MULTILINE)


def test_what_the_meta_package_brings_is_followed_to_the_end(
    bills: dict[str, dict[str, Any]],
) -> None:
    """cli asks for watchfiles, which asks for anyio, which asks for idna."""
    found = listed(bills["stario"])
    assert set(RELEASES) - {"stario"} <= set(found)
    assert {"watchfiles", "anyio", "idna"} <= set(found)


@pytest.mark.parametrize("name", RELEASES)
def test_every_reference_leads_to_a_component(name: str, bills: dict[str, dict[str, Any]]) -> None:
    bill = bills[name]
    known = {one["bom-ref"] for one in (bill["metadata"]["component"], *bill["components"])}
    asked = {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])}
    assert asked == known


def test_the_same_wheel_gives_the_same_bill(wheels: dict[str, Path], tmp_path: Path) -> None:
    wheel = wheels["stario-core"]
    copy = shutil.copyfile(wheel, tmp_path / wheel.name)
    assert sbom.bill(copy, WHEN) == sbom.bill(wheel, WHEN)


def test_what_is_not_installed_is_told_with_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failed, match=r"nobody-has-this is not installed here: run `uv run"):
        sbom._facts("nobody-has-this")
