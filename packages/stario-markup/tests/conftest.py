"""What holds for all tests here: how long a search may take, and which Pythons read t-strings."""

import sys

import pytest
from hypothesis import HealthCheck, settings

# Read by Python 3.14 and later only.
collect_ignore_glob = [] if sys.version_info >= (3, 14) else ["test_templates*.py"]

# Examples are slower where others use the machine; a hang is found by the time limit of a run.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(params=[1, 1_000_000], ids=["compiled", "walked"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates that are compiled at once, then templates that never are; none was met before."""
    from stario.markup.templates import fill

    monkeypatch.setattr(fill, "_OFTEN", request.param)
    fill._plans.clear()
    fill._compiled.clear()
