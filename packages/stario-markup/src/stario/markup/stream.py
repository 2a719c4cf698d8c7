"""`stream`: the bytes of nodes, a chunk at a time, for pages that are never in memory as a whole.

A chunk is given as soon as it is full. It ends between two texts: the text of an element is never
cut, so a chunk is larger than asked for by less than its last text.
"""

from __future__ import annotations

from stario.markup.complaints import bad_chunk_size
from stario.markup.errors import StarioError
from stario.markup.places import placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from stario.markup.types import HtmlElement


# 16 KiB: what one TLS record can carry, and little to hold for each of thousands of responses.
def stream(*nodes: HtmlElement, size: int = 16_384) -> Generator[bytes]:
    """The markup of `nodes` as UTF-8, in chunks of `size` bytes or a little more.

    Iterables among the nodes, and children under `deferred`, are walked as the chunks are asked
    for; an element around other children is text already. Joined, the chunks are what `render`
    writes. None is empty. Closing the stream closes the generators that it walks.

    Raises StarioError for a bad `size` at once, and while it is walked for what cannot be a child;
    what an iterable raises passes through.
    """
    if type(size) is not int or size < 1:
        raise bad_chunk_size(size)
    return _chunks(nodes, size)


def _chunks(nodes: tuple[HtmlElement, ...], size: int) -> Generator[bytes]:
    from stario.markup.walk import texts_of  # most pages are rendered, and never walked

    gathered: list[bytes] = []
    length = 0
    texts = texts_of(nodes)
    try:
        for text in texts:
            data = text.encode()
            gathered.append(data)
            length += len(data)
            if length >= size:
                chunk = b"".join(gathered)
                gathered.clear()
                length = 0
                yield chunk
        if length:
            yield b"".join(gathered)
    except StarioError as error:
        raise placed(error, "stream()", nodes) from error.__cause__
    finally:
        texts.close()
