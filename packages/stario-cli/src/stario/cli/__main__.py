"""`python -m stario.cli` is the command `stario`; `watch` starts its child this way."""

import sys

from stario.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
