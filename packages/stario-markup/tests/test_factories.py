"""Every name of HTML and SVG, with its wire name and its way to be empty."""

import ast
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from stario.markup import html as h
from stario.markup import svg

_HTML = """
    Html HtmlDocument A Abbr Address Area Article Aside Audio B Base Bdi Bdo Blockquote Body Br
    Button Canvas Caption Cite Code Col Colgroup Data Datalist Dd Del Details Dfn Dialog Div Dl
    Dt Em Embed Fieldset Figcaption Figure Footer Form H1 H2 H3 H4 H5 H6 Head Header Hgroup Hr I
    Iframe Img Input Ins Kbd Label Legend Li Link Main Map Mark Math Menu Meta Meter Nav
    Noscript Object Ol Optgroup Option Output P Param Picture Pre Progress Q Rp Rt Ruby S Samp
    Script Search Section Select Slot Small Source Span Strong Style Sub Summary Sup Table Tbody
    Td Template Textarea Tfoot Th Thead Time Title Tr Track U Ul Var Video Wbr
"""

_VOID = """
    Area Base Br Col Embed Hr Img Input Link Meta Param Source Track Wbr
"""

_SVG = """
    Svg G Defs Symbol Use Marker Mask ClipPath Pattern LinearGradient RadialGradient Stop Filter
    ForeignObject Switch View Path Rect Circle Ellipse Line Polyline Polygon Image Text TextPath
    Tspan Title Desc Metadata Animate AnimateMotion AnimateTransform Set Mpath Discard A Mesh
    MeshGradient MeshRow MeshPatch Hatch Hatchpath FeBlend FeColorMatrix FeComponentTransfer
    FeComposite FeConvolveMatrix FeDiffuseLighting FeDisplacementMap FeDistantLight FeDropShadow
    FeFlood FeFuncA FeFuncB FeFuncG FeFuncR FeGaussianBlur FeImage FeMerge FeMergeNode
    FeMorphology FeOffset FePointLight FeSpecularLighting FeSpotLight FeTile FeTurbulence Script
    Style
"""

_SELF_CLOSING = """
    Use Stop Path Rect Circle Ellipse Line Polyline Polygon Image Animate AnimateMotion
    AnimateTransform Set Mpath Discard Mesh Hatchpath
"""

HTML, VOID, SVG, SELF_CLOSING = (names.split() for names in (_HTML, _VOID, _SVG, _SELF_CLOSING))
LOWER = ["MeshGradient", "MeshRow", "MeshPatch"]
OPEN_EFFECTS = ["FeComponentTransfer", "FeDiffuseLighting", "FeMerge", "FeSpecularLighting"]


@pytest.mark.parametrize("name", HTML)
def test_an_html_factory_writes_its_lower_case_name(name: str) -> None:
    wire = {"HtmlDocument": "html"}.get(name, name.lower())
    doctype = "<!doctype html>" if name == "HtmlDocument" else ""
    empty = f"<{wire}/>" if name in VOID else f"<{wire}></{wire}>"
    assert getattr(h, name)().rendered == doctype + empty
    if name not in VOID:
        assert getattr(h, name)("x").rendered == f"{doctype}<{wire}>x</{wire}>"


@pytest.mark.parametrize("name", SVG)
def test_an_svg_factory_keeps_its_capitals_inside(name: str) -> None:
    wire = name.lower() if name in LOWER else name[0].lower() + name[1:]
    closes_itself = name in SELF_CLOSING or (name.startswith("Fe") and name not in OPEN_EFFECTS)
    empty = f"<{wire}/>" if closes_itself else f"<{wire}></{wire}>"
    assert getattr(svg, name)().rendered == empty
    assert getattr(svg, name)({"id": "a"}, "x").rendered == f'<{wire} id="a">x</{wire}>'


@pytest.mark.parametrize(("module", "names"), [(h, HTML), (svg, SVG)], ids=["html", "svg"])
def test_there_are_no_other_names_and_each_is_explained(
    module: ModuleType, names: list[str]
) -> None:
    """An editor shows the string below an assignment as its description."""
    body = ast.parse(Path(str(module.__file__)).read_text("utf-8")).body
    explained: list[str] = []
    for statement, below in pairwise(body):
        if isinstance(statement, ast.Assign) and isinstance(below, ast.Expr):
            explained += [ast.unparse(target) for target in statement.targets]
    assert explained == names
    assert [name for name in vars(module) if name[0].isupper()] == names
