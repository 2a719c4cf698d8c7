"""The elements of SVG (SVG 2, appendix F), with the drafts for meshes and hatchings.

A factory is called with attributes first, then children, and returns a `SafeString`. Shapes and
other elements that are usually empty close themselves when they have no children.
"""

from functools import partial

from stario.markup.element import foreign

_shape = partial(foreign, empty="self_closing_when_empty")

Svg = foreign("svg")
"""The root of a drawing."""

G = foreign("g")
"""A group of shapes."""

Defs = foreign("defs")
"""Definitions that are drawn only where they are used."""

Symbol = foreign("symbol")
"""A template that `Use` can draw."""

Use = _shape("use")
"""Draws a copy of another element."""

Marker = foreign("marker")
"""An arrow head or a dot on a line."""

Mask = foreign("mask")
"""A mask that lets parts of a shape through."""

ClipPath = foreign("clipPath")
"""A path that cuts off what lies outside it."""

Pattern = foreign("pattern")
"""A tile to paint with."""

LinearGradient = foreign("linearGradient")
"""Colours that change along a line."""

RadialGradient = foreign("radialGradient")
"""Colours that change from a centre outwards."""

Stop = _shape("stop")
"""A colour at a position of a gradient."""

Filter = foreign("filter")
"""A chain of effects."""

ForeignObject = foreign("foreignObject")
"""HTML or other markup inside a drawing."""

Switch = foreign("switch")
"""Draws its first child that the browser supports."""

View = foreign("view")
"""A named view of the drawing."""

Path = _shape("path")
"""A shape from lines, curves and arcs."""

Rect = _shape("rect")
"""A rectangle."""

Circle = _shape("circle")
"""A circle."""

Ellipse = _shape("ellipse")
"""An ellipse."""

Line = _shape("line")
"""A straight line."""

Polyline = _shape("polyline")
"""Connected straight lines."""

Polygon = _shape("polygon")
"""A closed shape of straight lines."""

Image = _shape("image")
"""A bitmap or another drawing."""

Text = foreign("text")
"""Text."""

TextPath = foreign("textPath")
"""Text along a path."""

Tspan = foreign("tspan")
"""A part of a text with its own position or style."""

Title = foreign("title")
"""The title of its parent, shown as a tooltip."""

Desc = foreign("desc")
"""A description of its parent."""

Metadata = foreign("metadata")
"""Facts about the drawing."""

Animate = _shape("animate")
"""Changes an attribute over time."""

AnimateMotion = _shape("animateMotion")
"""Moves an element along a path."""

AnimateTransform = _shape("animateTransform")
"""Changes a transformation over time."""

Set = _shape("set")
"""Sets an attribute for some time."""

Mpath = _shape("mpath")
"""The path of an `AnimateMotion`."""

Discard = _shape("discard")
"""Removes an element at a point in time."""

A = foreign("a")
"""A link."""

Mesh = _shape("mesh")
"""A mesh; draft of SVG 2."""

MeshGradient = foreign("meshgradient")
"""Colours over a mesh; draft of SVG 2."""

MeshRow = foreign("meshrow")
"""A row of a mesh; draft of SVG 2."""

MeshPatch = foreign("meshpatch")
"""A patch of a mesh; draft of SVG 2."""

Hatch = foreign("hatch")
"""A hatching to paint with; draft of SVG 2."""

Hatchpath = _shape("hatchpath")
"""A path of a hatching; draft of SVG 2."""

FeBlend = _shape("feBlend")
"""Blends two images."""

FeColorMatrix = _shape("feColorMatrix")
"""Changes colours by a matrix."""

FeComponentTransfer = foreign("feComponentTransfer")
"""Changes each channel by a function of its own."""

FeComposite = _shape("feComposite")
"""Combines two images."""

FeConvolveMatrix = _shape("feConvolveMatrix")
"""Blurs, sharpens or embosses by a matrix."""

FeDiffuseLighting = foreign("feDiffuseLighting")
"""Lights an image with matt reflections."""

FeDisplacementMap = _shape("feDisplacementMap")
"""Moves pixels as another image says."""

FeDistantLight = _shape("feDistantLight")
"""A light from far away."""

FeDropShadow = _shape("feDropShadow")
"""A shadow below the image."""

FeFlood = _shape("feFlood")
"""A plain colour."""

FeFuncA = _shape("feFuncA")
"""What happens to the alpha channel."""

FeFuncB = _shape("feFuncB")
"""What happens to blue."""

FeFuncG = _shape("feFuncG")
"""What happens to green."""

FeFuncR = _shape("feFuncR")
"""What happens to red."""

FeGaussianBlur = _shape("feGaussianBlur")
"""A blur."""

FeImage = _shape("feImage")
"""An image from outside."""

FeMerge = foreign("feMerge")
"""Lays images over each other."""

FeMergeNode = _shape("feMergeNode")
"""One of the images of an `FeMerge`."""

FeMorphology = _shape("feMorphology")
"""Makes shapes thicker or thinner."""

FeOffset = _shape("feOffset")
"""Moves the image."""

FePointLight = _shape("fePointLight")
"""A light at a point."""

FeSpecularLighting = foreign("feSpecularLighting")
"""Lights an image with glossy reflections."""

FeSpotLight = _shape("feSpotLight")
"""A light that points at something."""

FeTile = _shape("feTile")
"""Fills an area with copies of the image."""

FeTurbulence = _shape("feTurbulence")
"""Noise: clouds, marble."""

Script = foreign("script")
"""A script. Unlike in HTML, its text is escaped: browsers read it as ordinary text."""

Style = foreign("style")
"""A style sheet. Unlike in HTML, its text is escaped: browsers read it as ordinary text."""
