"""What every page links to."""

from stario import UrlPath

HOME = UrlPath("/")
