from stario import UrlPath

RENAME = UrlPath("/people/me/name")
