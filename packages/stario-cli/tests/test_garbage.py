"""While modules load no garbage is looked for, and afterwards it is again."""

import gc

import pytest
from stario.cli.garbage import uncollected


def test_garbage_lies_inside_the_block_only() -> None:
    """Also when the block fails."""
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(LookupError), uncollected():
        raise LookupError
    assert gc.isenabled()


def test_who_turned_the_collector_off_finds_it_off() -> None:
    gc.disable()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
