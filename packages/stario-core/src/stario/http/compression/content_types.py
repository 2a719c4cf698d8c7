"""Which content types are worth compressing: all but those that are compressed already."""

_COMPRESSED_FAMILIES = (b"image/", b"audio/", b"video/")
_COMPRESSED_TYPES = frozenset(
    {b"", b"font/woff", b"font/woff2"}
    | {
        b"application/" + subtype
        for subtype in (
            b"gzip",
            b"x-gzip",
            b"zip",
            b"x-zip-compressed",
            b"x-7z-compressed",
            b"vnd.rar",
            b"x-rar-compressed",
            b"x-bzip",
            b"x-bzip2",
            b"x-xz",
            b"zstd",
            b"x-zstd",
        )
    }
)
# An image in name only: it is text.
_TEXT_IMAGES = frozenset({b"image/svg+xml"})

# An application has a few dozen types; one made from a request must not pile up here.
_REMEMBERED_TYPES = 256
_REMEMBERED_LENGTH = 128
_answers: dict[bytes, bool] = {}


def content_type_is_compressible(content_type: bytes) -> bool:
    """Tell whether a body of this type gets smaller; parameters and case do not matter."""
    try:
        return _answers[content_type]
    except KeyError:
        return _decide(content_type)


def _decide(content_type: bytes) -> bool:
    answer = _is_compressible(content_type.partition(b";")[0].strip(b" \t").lower())
    if len(content_type) <= _REMEMBERED_LENGTH:
        if len(_answers) >= _REMEMBERED_TYPES:
            _answers.clear()
        _answers[content_type] = answer
    return answer


def _is_compressible(media_type: bytes) -> bool:
    if media_type in _COMPRESSED_TYPES:
        return False
    return not media_type.startswith(_COMPRESSED_FAMILIES) or media_type in _TEXT_IMAGES
