"""What everybody sends: a table of some 2 KB as a Datastar event, other rows in each."""

COUNT = 100
SUBJECT = "feed"
FIELD = "datastar-patch-elements"


def html(number: int) -> str:
    """Return the table after so many changes."""
    rows = "".join(
        f'<tr id="row-{row}"><td>{value:x}</td><td class="n">{value % 977}</td></tr>'
        for row in range(34)
        for value in [(row * 7919 + number // (row % 5 + 1) * 104_729) % 1_000_003]
    )
    return f'<table id="feed" data-n="{number}">{rows}</table>'


def numbers(target: str) -> range:
    """Return which events `/publish/10-5` asks for: the tenth and four more."""
    first, _, count = target.rpartition("/")[2].partition("-")
    return range(int(first), int(first) + int(count))


HTML = [html(number) for number in range(COUNT)]
DATA = [f"elements {table}" for table in HTML]
EVENTS = [f"event: {FIELD}\ndata: {data}\n\n".encode() for data in DATA]
