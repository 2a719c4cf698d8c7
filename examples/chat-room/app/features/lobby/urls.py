from stario import UrlPath

SUBSCRIBE = UrlPath("/subscribe")
CREATE = UrlPath("/rooms")
