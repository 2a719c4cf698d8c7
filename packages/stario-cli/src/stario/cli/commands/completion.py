"""`stario completion`: a script for a shell, on standard output."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stario.cli.term import show

about = "Print a script that completes commands, options and apps in bash, zsh or fish."


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "shell", choices=("bash", "zsh", "fish", "specs"), help="specs lists what could be served"
    )


def run(arguments: Namespace) -> int:
    from stario.cli.completion import script, specs

    if arguments.shell == "specs":
        show("\n".join(specs(Path.cwd())))
    else:
        show(script(arguments.shell))
    return 0
