"""Where the dashboard is."""

from stario import UrlPath

HOME = UrlPath("/")
SUBSCRIBE = UrlPath("/subscribe")
