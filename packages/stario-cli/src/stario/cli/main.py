"""The command line: arguments in, an exit code out.

0 is a clean end, 1 an error that was foreseen (told on stderr), 2 a wrong command line, 130 an
interrupt outside the server. What nobody foresaw leaves as the exception that it is.
"""

import sys
from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter

from stario.cli import commands
from stario.cli.term import complain, has_colour
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
        _all_commands().parse_args(given)
        return 0
    parser = _Command(
        prog=f"stario {name}",
        description=command.about,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.lists_variables = getattr(command, "lists_variables", False)
    command.add_arguments(parser)
    _without_colour(parser)
    return command.run(parser.parse_args(given[1:]))


def _all_commands() -> ArgumentParser:
    """Return the parser of a command line without a command that there is."""
    parser = ArgumentParser(prog="stario", description="Run a Stario app.", allow_abbrev=False)
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version")
    names = commands.names()
    listed = parser.add_subparsers(
        dest="command", required=True, metavar=f"{{{','.join(names)}}}", title="commands"
    )
    for name in names:
        listed.add_parser(name, help=commands.about(name).replace("%", "%%"))
    _without_colour(parser)
    return parser


def _without_colour(parser: ArgumentParser) -> None:
    # Python 3.14 colours help, and by rules of its own: an empty NO_COLOR does not stop it.
    if not (has_colour(sys.stdout) and has_colour(sys.stderr)):
        setattr(parser, "color", False)  # noqa: B010  (older Pythons do not know the attribute)


class _Command(ArgumentParser):
    """A command. Its help may list the environment variables, which are loaded when it does."""

    lists_variables = False

    def format_help(self) -> str:
        if self.lists_variables:
            from stario.cli.variables import listing

            self.epilog = f"environment variables [default]:\n{listing()}"
        return super().format_help()


class _ShowVersion(Action):
    """--version, which looks for the version only when it is asked for."""

    def __call__(self, parser: ArgumentParser, _namespace: Namespace, *_: object) -> None:
        from stario.cli.version import version

        print(f"stario {version()}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
