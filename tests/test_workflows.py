"""The workflows of .github: what they may do, whose actions they use, whether what they run exists.

That they are workflows at all is for their schema, in the step `lint`.
"""

import re
from pathlib import Path
from runpy import run_path
from typing import Any

import check
import pytest
import workspace
import yaml

WORKFLOWS = sorted((workspace.ROOT / ".github" / "workflows").glob("*.yml"))
MORE_THAN_READING = {
    "docs.yml": {"deploy": {"pages": "write", "id-token": "write"}},
    "publish.yml": {
        "attest": {"contents": "read", "id-token": "write", "attestations": "write"},
        "pypi": {"id-token": "write"},
        "release": {"contents": "write"},
    },
}
OWNERS = {"actions", "pypa"}
# A tag of a major version, a commit, or the branch that PyPA tells everybody to use.
PIN = re.compile(r"v\d+|[0-9a-f]{40}|release/v\d+")


def read(workflow: Path) -> dict[Any, Any]:
    return yaml.safe_load(workflow.read_text("utf-8"))


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in read(workflow)["jobs"].values() for step in job["steps"]]


each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)


@each_workflow
def test_a_job_may_read_the_repository_and_no_more_than_is_listed_here(workflow: Path) -> None:
    jobs = read(workflow)["jobs"]
    asked = {name: job["permissions"] for name, job in jobs.items() if "permissions" in job}
    assert read(workflow)["permissions"] == {"contents": "read"}
    assert asked == MORE_THAN_READING.get(workflow.name, {})


@each_workflow
def test_every_job_has_an_end(workflow: Path) -> None:
    assert [
        name for name, job in read(workflow)["jobs"].items() if "timeout-minutes" not in job
    ] == []


@each_workflow
def test_a_checkout_leaves_no_token_behind(workflow: Path) -> None:
    checkouts = [
        one for one in steps(workflow) if one.get("uses", "").startswith("actions/checkout@")
    ]
    assert all(one["with"]["persist-credentials"] is False for one in checkouts)


@each_workflow
def test_an_action_is_of_somebody_we_trust_at_a_version(workflow: Path) -> None:
    for used in [step["uses"] for step in steps(workflow) if "uses" in step]:
        action, _, version = used.partition("@")
        assert action.partition("/")[0] in OWNERS, used
        assert PIN.fullmatch(version), used


def test_an_action_has_one_version_in_all_workflows() -> None:
    used = {step["uses"] for one in WORKFLOWS for step in steps(one) if "uses" in step}
    assert len(used) == len({one.partition("@")[0] for one in used})


@each_workflow
def test_the_steps_and_tools_that_a_workflow_runs_exist(workflow: Path) -> None:
    for command in [step["run"] for step in steps(workflow) if "run" in step]:
        for tool in re.findall(r"tools/\S+", command):
            assert (workspace.ROOT / tool).is_file(), command
        for called in re.findall(r"tools/check\.py ((?:[a-z]+ ?)*)", command):
            assert called.split(), command
            assert set(called.split()) <= set(check.STEPS), command


def test_every_page_of_the_site_publishes_it_anew() -> None:
    """YAML reads the key `on` as true."""
    watched = read(workspace.ROOT / ".github/workflows/docs.yml")[True]["push"]["paths"]
    pages = run_path(str(workspace.ROOT / "docs" / "conf.py"))["include_patterns"]
    sources = ["packages/stario-core/src/stario/relay.py", "tools/docsite/api.py", "docs/conf.py"]
    assert files(*pages, *sources) <= files(*watched)


def files(*patterns: str) -> set[Path]:
    return {path for one in patterns for path in workspace.ROOT.glob(one) if path.is_file()}
