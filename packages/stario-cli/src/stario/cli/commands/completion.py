"""`stario completion`: a script for a shell, on standard output."""

from argparse import Action, ArgumentParser, Namespace
from pathlib import Path

from stario.cli.term import show

about = "Print a script that completes commands, options and apps in bash, zsh or fish."


def add_arguments(parser: ArgumentParser) -> None:
    from stario.cli.completion import SHELLS

    parser.add_argument("shell", choices=tuple(SHELLS), help="the shell that is to run the script")
    parser.add_argument(
        "--specs", action=_ListSpecs, nargs=0, help="list what could be served, as the scripts do"
    )


def run(arguments: Namespace) -> int:
    from stario.cli.completion import script

    show(script(arguments.shell))
    return 0


class _ListSpecs(Action):
    """--specs, which needs no shell."""

    def __call__(self, parser: ArgumentParser, _namespace: Namespace, *_: object) -> None:
        from stario.cli.completion import specs

        show("\n".join(specs(Path.cwd())))
        parser.exit()
