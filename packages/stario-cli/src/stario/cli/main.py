"""The command line: arguments in, an exit code out.

0 is a clean end, 1 an error that was foreseen (told on stderr), 2 a wrong command line, 130 an
interrupt outside the server. What nobody foresaw leaves as the exception that it is.
"""

import os
import sys
from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter

from stario.cli.channel import VARIABLE, channel_from_environment
from stario.cli.term import complain, has_colour
from stario.exceptions import StarioError

_SPEC_HELP = "the bootstrap, such as app.main:bootstrap"


def main(argv: list[str] | None = None) -> int:
    """Run the command `stario` and return its exit code; `argv` is `sys.argv[1:]` when None."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as end:  # argparse has told what there is to tell
        return end.code if isinstance(end.code, int) else 0
    try:
        return _serve(arguments) if arguments.command == "serve" else _watch(arguments)
    except StarioError as error:
        from stario.cli.explained import explained

        complain(explained(error))
        return 1
    except KeyboardInterrupt:
        return 130


# Each command loads what it needs: `watch` no server, `serve` no watcher.
def _serve(arguments: Namespace) -> int:
    if VARIABLE in os.environ and (channel := channel_from_environment()) is not None:
        from stario.cli.watched import serve_watched

        return serve_watched(arguments.spec, channel)
    from stario.cli.serve import serve

    return serve(arguments.spec)


def _watch(arguments: Namespace) -> int:
    from stario.cli.watch import watch

    return watch(arguments.spec, arguments.watch, arguments.watch_ignore)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="stario", description="Run a Stario app.", allow_abbrev=False)
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="{serve,watch}", parser_class=_Command
    )
    about = {
        "serve": "Serve an app until SIGINT or SIGTERM.",
        "watch": "Serve an app, and start it anew when its files change.",
    }
    for name, description in about.items():
        command = commands.add_parser(
            name,
            help=description,
            description=description,
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_argument("spec", metavar="MODULE:CALLABLE", help=_SPEC_HELP)
        _without_colour(command)
    _add_watch_options(commands.choices["watch"])
    _without_colour(parser)
    return parser


def _add_watch_options(command: ArgumentParser) -> None:
    command.add_argument(
        "--watch",
        action="append",
        default=[],
        metavar="SPEC",
        help="a file, or a directory with everything below; repeatable; default: .",
    )
    command.add_argument(
        "--watch-ignore",
        action="append",
        default=[],
        metavar="SPEC",
        help="a path, or a glob for file names such as '*.css'; repeatable",
    )


def _without_colour(parser: ArgumentParser) -> None:
    # Python 3.14 colours help, and by rules of its own: an empty NO_COLOR does not stop it.
    if not (has_colour(sys.stdout) and has_colour(sys.stderr)):
        setattr(parser, "color", False)  # noqa: B010  (older Pythons do not know the attribute)


class _Command(ArgumentParser):
    """A command, whose help lists the environment variables; they are loaded when it is shown."""

    def format_help(self) -> str:
        from stario.cli.variables import listing

        self.epilog = f"environment variables [default]:\n{listing()}"
        return super().format_help()


class _ShowVersion(Action):
    """--version, which looks for the version only when it is asked for."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        from stario.cli.version import version

        print(f"stario {version()}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
