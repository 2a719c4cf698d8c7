"""The command line: arguments in, an exit code out.

0 is a clean end, 1 an error that was foreseen (told on stderr), 2 a wrong command line, 130 an
interrupt outside the server. What nobody foresaw leaves as the exception that it is.
"""

import sys
from argparse import Action, ArgumentParser, Namespace

from stario.cli import commands
from stario.cli.parser import Parser
from stario.cli.term import complain
from stario.exceptions import StarioError


def main(argv: list[str] | None = None) -> int:
    """Run the command `stario` and return its exit code; `argv` is `sys.argv[1:]` when None."""
    given = sys.argv[1:] if argv is None else argv
    try:
        return _run(given)
    except SystemExit as end:  # argparse has told what there is to tell
        return end.code if isinstance(end.code, int) else 0
    except StarioError as error:
        from stario.cli.explained import explained

        complain(explained(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _run(given: list[str]) -> int:
    """Load the command that is named, and no other: each loads what it needs."""
    name = given[0] if given else ""
    command = None if name.startswith("-") or not name else commands.load(name)
    if command is None:
        parser = _all_commands(given)
        if name and not name.startswith("-"):
            parser.error(f"there is no command {name!r}")
        parser.parse_args(given)
        return 0
    parser = Parser(given[1:], prog=f"stario {name}", description=command.about)
    parser.lists_variables = getattr(command, "lists_variables", False)
    command.add_arguments(parser)
    return command.run(parser.parse_args(parser.given))


def _all_commands(given: list[str]) -> Parser:
    """Return the parser of a command line without a command that there is."""
    parser = Parser(given, prog="stario", description="Run a Stario app.")
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version")
    names = commands.names()
    listed = parser.add_subparsers(
        dest="command", required=True, metavar=f"{{{','.join(names)}}}", title="commands"
    )
    for name in names:
        listed.add_parser(name, help=commands.about(name).replace("%", "%%"))
    return parser


class _ShowVersion(Action):
    """--version, which looks for the version only when it is asked for."""

    def __call__(self, parser: ArgumentParser, _namespace: Namespace, *_: object) -> None:
        from stario.cli.version import version

        print(f"stario {version()}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
