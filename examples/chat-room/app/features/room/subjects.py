"""What is published about a room: only that something changed. Who listens reads what it is now."""


def said(room_id: str) -> str:
    """There is a new message."""
    return f"said.{room_id}"


def here(room_id: str) -> str:
    """Somebody came or left."""
    return f"here.{room_id}"


def doing(room_id: str) -> str:
    """Somebody types, or stopped, or what was said about it is no news any more."""
    return f"doing.{room_id}"


def of_room(room_id: str) -> tuple[str, ...]:
    return said(room_id), here(room_id), doing(room_id)


SAID_ANYWHERE = "said.*"
HERE_ANYWHERE = "here.*"
