"""Where the board is."""

from stario import UrlPath

BOARD = UrlPath("/")
SUBSCRIBE = UrlPath("/subscribe")
NOTES = UrlPath("/notes")
