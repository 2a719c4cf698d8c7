"""The elements of HTML (HTML standard, section 4), obsolete `param` included.

A factory is called with attributes first, then children, and returns a `SafeString`. Void elements
take attributes only.
"""

from stario.markup.element import element, void

Html = element("html")
"""The root of a document, without a doctype."""

HtmlDocument = element("html", prefix="<!doctype html>")
"""The root of a document, with `<!doctype html>` in front."""

A = element("a")
"""A link to a page, a file, an address or a place in this page."""

Abbr = element("abbr")
"""An abbreviation; `title` spells it out."""

Address = element("address")
"""How to reach the author of the article or page."""

Area = void("area")
"""A region of an image map that can be a link. Void."""

Article = element("article")
"""A composition that makes sense on its own: a post, a comment, a card."""

Aside = element("aside")
"""Content beside the main content: a sidebar, a note."""

Audio = element("audio")
"""A sound that can be played."""

B = element("b")
"""Words that stand out without being more important."""

Base = void("base")
"""The URL that relative links start from. Void."""

Bdi = element("bdi")
"""Text whose direction is kept apart from its surroundings."""

Bdo = element("bdo")
"""Text whose direction is set with `dir`."""

Blockquote = element("blockquote")
"""A quotation of a paragraph or more."""

Body = element("body")
"""What the page shows."""

Br = void("br")
"""A line break. Void."""

Button = element("button")
"""A button."""

Canvas = element("canvas")
"""A bitmap that scripts draw on."""

Caption = element("caption")
"""The title of a table."""

Cite = element("cite")
"""The title of a work."""

Code = element("code")
"""A fragment of computer code."""

Col = void("col")
"""One or more columns of a table, in a `Colgroup`. Void."""

Colgroup = element("colgroup")
"""A group of columns of a table."""

Data = element("data")
"""Content with its machine-readable `value`."""

Datalist = element("datalist")
"""The suggestions for an `Input`."""

Dd = element("dd")
"""The description of a term in a `Dl`."""

Del = element("del")
"""Text that was removed."""

Details = element("details")
"""A section that opens and closes; its `Summary` stays visible."""

Dfn = element("dfn")
"""The term that is being defined."""

Dialog = element("dialog")
"""A dialog box, modal or not."""

Div = element("div")
"""A block without meaning of its own."""

Dl = element("dl")
"""A list of terms and their descriptions."""

Dt = element("dt")
"""A term in a `Dl`."""

Em = element("em")
"""Stressed words."""

Embed = void("embed")
"""Content from outside, shown by the browser or a plug-in. Void."""

Fieldset = element("fieldset")
"""A group of controls in a form."""

Figcaption = element("figcaption")
"""The caption of a `Figure`."""

Figure = element("figure")
"""An illustration, a diagram or a listing, with its caption."""

Footer = element("footer")
"""The foot of its section or page."""

Form = element("form")
"""A form that can be sent."""

H1 = element("h1")
"""A heading of the first level."""

H2 = element("h2")
"""A heading of the second level."""

H3 = element("h3")
"""A heading of the third level."""

H4 = element("h4")
"""A heading of the fourth level."""

H5 = element("h5")
"""A heading of the fifth level."""

H6 = element("h6")
"""A heading of the sixth level."""

Head = element("head")
"""What the page says about itself: title, links, scripts."""

Header = element("header")
"""The head of its section or page."""

Hgroup = element("hgroup")
"""A heading together with its subheadings."""

Hr = void("hr")
"""A break between themes. Void."""

I = element("i")  # noqa: E741  # the name of the element
"""Words in another voice: terms, thoughts, foreign phrases."""

Iframe = element("iframe")
"""Another page inside this one."""

Img = void("img")
"""An image; `alt` says what it shows. Void."""

Input = void("input")
"""A field, a checkbox or another control of a form. Void."""

Ins = element("ins")
"""Text that was added."""

Kbd = element("kbd")
"""What a user types."""

Label = element("label")
"""The caption of a control."""

Legend = element("legend")
"""The caption of a `Fieldset`."""

Li = element("li")
"""An item of a list."""

Link = void("link")
"""A relation to another resource: a style sheet, an icon. Void."""

Main = element("main")
"""The main content of the page."""

Map = element("map")
"""An image map."""

Mark = element("mark")
"""Highlighted text."""

Math = element("math")
"""A formula in MathML."""

Menu = element("menu")
"""A list of commands."""

Meta = void("meta")
"""A fact about the page: its charset, its description. Void."""

Meter = element("meter")
"""A measurement in a known range."""

Nav = element("nav")
"""A section of links for finding one's way."""

Noscript = element("noscript")
"""What is shown where scripts don't run."""

Object = element("object")
"""An image, a page or a file from outside."""

Ol = element("ol")
"""A numbered list."""

Optgroup = element("optgroup")
"""A group of options in a `Select`."""

Option = element("option")
"""A choice in a `Select` or `Datalist`."""

Output = element("output")
"""The result of a calculation or of a user's action."""

P = element("p")
"""A paragraph."""

Param = void("param")
"""A parameter of an `Object`; obsolete. Void."""

Picture = element("picture")
"""An `Img` with alternatives for other screens and formats."""

Pre = element("pre")
"""Text whose white space is kept, but for a line feed at its very start."""

Progress = element("progress")
"""How far a task has come."""

Q = element("q")
"""A short quotation in a line."""

Rp = element("rp")
"""Parentheses for browsers without ruby."""

Rt = element("rt")
"""The pronunciation in a `Ruby`."""

Ruby = element("ruby")
"""Text with its pronunciation."""

S = element("s")
"""What is no longer right or relevant."""

Samp = element("samp")
"""Output of a program."""

Script = element("script")
"""A script or a data block. Its text is raw: not escaped, yet unable to end the element.

Inside a drawing or a formula text is parsed as markup: use `svg.Script` there.
"""

Search = element("search")
"""The controls of a search."""

Section = element("section")
"""A thematic section, usually with a heading."""

Select = element("select")
"""A menu of options."""

Slot = element("slot")
"""A place in a shadow tree that is filled from outside."""

Small = element("small")
"""Small print."""

Source = void("source")
"""An alternative source of `Audio`, `Video` or `Picture`. Void."""

Span = element("span")
"""A run of text without meaning of its own."""

Strong = element("strong")
"""Important words."""

Style = element("style")
"""A style sheet. Its text is raw: not escaped, yet unable to end the element.

Inside a drawing or a formula text is parsed as markup: use `svg.Style` there.
"""

Sub = element("sub")
"""A subscript."""

Summary = element("summary")
"""The visible line of a `Details`."""

Sup = element("sup")
"""A superscript."""

Table = element("table")
"""A table."""

Tbody = element("tbody")
"""The body rows of a table."""

Td = element("td")
"""A cell of a table."""

Template = element("template")
"""Markup that is kept for scripts and not shown."""

Textarea = element("textarea")
"""A field for text of several lines. A browser drops a line feed at its very start."""

Tfoot = element("tfoot")
"""The foot rows of a table."""

Th = element("th")
"""A heading cell of a table."""

Thead = element("thead")
"""The head rows of a table."""

Time = element("time")
"""A time or date; `datetime` says it for machines."""

Title = element("title")
"""The title of the page."""

Tr = element("tr")
"""A row of a table."""

Track = void("track")
"""Subtitles or captions of `Audio` or `Video`. Void."""

U = element("u")
"""Words marked as unusual, such as a misspelling."""

Ul = element("ul")
"""A list with bullets."""

Var = element("var")
"""A variable."""

Video = element("video")
"""A film that can be played."""

Wbr = void("wbr")
"""A place where a long word may break. Void."""
