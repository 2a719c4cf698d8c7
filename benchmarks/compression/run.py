"""What an open compressed stream costs: memory, and bytes and time for an event, by setting.

    python benchmarks/compression/run.py [--streams 300]

Every stream sends events of one size, each the one before with one row changed, as a page that is
patched sends them. Linux, with stario-core installed.
"""

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

from stario.http.compression.codec import Codec, Stream
from stario.http.compression.codecs import installed_codecs

SETTINGS = (
    (b"br", 3, 16),
    (b"br", 3, 14),
    (b"br", 2, 16),
    (b"br", 1, 16),
    (b"zstd", 3, 15),
    (b"zstd", 3, 14),
    (b"gzip", 6, 15),
    (b"gzip", 6, 14),
)
EVENTS = 12


def events(rows: int) -> Iterator[bytes]:
    """Yield a table again and again, as a Datastar event, one row changed each time."""
    names = [f"{number * 7919 % 100_003:x}" for number in range(rows)]
    for turn in range(EVENTS):
        names[turn * 31 % rows] = f"{turn * 104_729 % 100_003:x}"
        lines = (
            f'data: elements <tr id="row-{number}"><td>{name}</td><td>{len(name) * 7}</td></tr>\n'
            for number, name in enumerate(names)
        )
        yield "".join(("event: datastar-patch-elements\n", *lines, "\n")).encode()


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure(codec: Codec, sent: list[bytes], count: int) -> str:
    streams: list[Stream] = []
    before, start = resident(), time.process_time()
    sizes: list[int] = []
    for _ in range(count):
        stream = codec.open()
        sizes = [len(stream.block(event)) for event in sent]
        streams.append(stream)
    micros = (time.process_time() - start) / count / len(sent) * 1e6
    kilobytes = (resident() - before) / count / 1000
    size = sum(sizes[1:]) / len(sizes[1:])
    return f"{kilobytes:6.0f} KB a stream, {size:6.0f} bytes, {micros:5.0f} us"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--streams", type=int, default=300)
    count = parser.parse_args().streams
    codecs = installed_codecs()
    for rows in (28, 240):
        sent = list(events(rows))
        print(f"\nevents of {len(sent[0])} bytes")
        for name, level, window in SETTINGS:
            child = os.fork()  # what one setting leaves in the heap is not to serve the next
            if not child:
                result = measure(codecs[name](level, None, window), sent, count)
                print(
                    f"  {name.decode():5} {level}, window {window}: {result} for an event",
                    flush=True,
                )
                os._exit(0)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main()
