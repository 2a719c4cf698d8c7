from stario import UrlPath

ROOM = UrlPath("/rooms/{room_id}")
SUBSCRIBE = ROOM / "subscribe"
SEND = ROOM / "send"
TYPING = ROOM / "typing"
