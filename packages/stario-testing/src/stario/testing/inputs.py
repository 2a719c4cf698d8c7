"""What a request may be made of, as types."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from stario.http.headers import Headers

type QueryScalar = str | int | float | bool
type QueryValue = QueryScalar | Sequence[QueryScalar]
type QueryParamInput = Mapping[str, QueryValue] | Sequence[tuple[str, QueryScalar]]
type HeaderMap = Mapping[str, str] | Headers
type CookieMap = Mapping[str, str]
type FormValue = str | int | float | bool
type FormData = Mapping[str, FormValue | Sequence[FormValue]] | Sequence[tuple[str, FormValue]]
type FileValue = bytes | str | tuple[str, bytes | str] | tuple[str, bytes | str, str]
type FileData = Mapping[str, FileValue] | Sequence[tuple[str, FileValue]]


class SendOptions(TypedDict, total=False):
    """What a request is made of."""

    params: QueryParamInput | None
    headers: HeaderMap | None
    cookies: CookieMap | None
    json: Any | None
    data: FormData | bytes | str | None
    files: FileData | None
    content: bytes | str | None


class RequestOptions(SendOptions, total=False):
    """The keyword arguments of `TestClient.request`."""

    follow_redirects: bool | None
    timeout: float | None
