"""Patterns of URLs, and the links that they make."""

from stario.routing.locations import append_query_fragment, normalize_path
from stario.routing.urlpath import UrlPath

__all__ = ["UrlPath", "append_query_fragment", "normalize_path"]
