"""Text in `<script>` and `<style>` is not escaped, and cannot end the element."""

from typing import Any

import pytest
from stario.markup import SafeString, svg
from stario.markup import html as h
from stario.markup.errors import StarioError


def test_the_replacements_are_valid_in_a_string() -> None:
    assert h.Script("'</script>'").rendered == r"<script>'<\/script>'</script>"
    assert h.Script("'<!--'").rendered == r"<script>'\u003C!--'</script>"
    assert h.Style("'</style>'").rendered == r"<style>'<\/style>'</style>"


def test_trusted_content_is_written_as_it_is() -> None:
    assert h.Script(SafeString("<!-- x"), h.I()).rendered == "<script><!-- x<i></i></script>"


def test_children_of_a_script_are_read_like_others() -> None:
    script = h.Script(None, {"async": True}, ["a=", [1, None]], (s for s in (";", 2.5)))
    assert script.rendered == "<script async>a=1;2.5</script>"
    assert h.Script().rendered == "<script></script>"


@pytest.mark.parametrize("child", [True, b"x", h.B, {"a": 1}, object()], ids=repr)
def test_a_script_refuses_what_others_refuse(child: Any) -> None:
    with pytest.raises(StarioError):
        h.Script("x", child)


def test_svg_is_parsed_as_markup_so_its_text_is_escaped() -> None:
    assert svg.Style("a > b").rendered == "<style>a &gt; b</style>"
    assert svg.Script("1 < 2").rendered == "<script>1 &lt; 2</script>"
