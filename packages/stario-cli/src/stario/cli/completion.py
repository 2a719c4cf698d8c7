"""Scripts that complete the words of `stario` in a shell.

Commands and options are written into the script when it is made. Bootstraps are looked for when
they are asked for, in the sources below the working directory; nothing is imported for that.
"""

import ast
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from stario.cli import commands
from stario.cli.errors import modules_below
from stario.exceptions import StarioError

_BASH = """\
# bash completion of stario: eval "$(stario completion bash)"
_stario() {
  # The word as it was typed: bash takes the two sides of a colon for two words.
  local line="${COMP_LINE:0:COMP_POINT}" words=""
  local current="${line##*[[:space:]]}" command="${COMP_WORDS[1]}"
  case "$line" in
    *[[:space:]]*[[:space:]]*) case "$command" in
@CASES@
    esac ;;
    *) words="@COMMANDS@" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
  fi
}
complete -o default -F _stario stario
"""
_ZSH = """\
#compdef stario
# zsh completion of stario: eval "$(stario completion zsh)", after compinit
_stario() {
  if (( CURRENT == 2 )); then
    compadd -- @COMMANDS@
    return
  fi
  case "${words[2]}" in
@CASES@
  esac
  _files
}
compdef _stario stario
"""
_FISH = """\
# fish completion of stario: stario completion fish | source
complete -c stario -f -n __fish_use_subcommand -a "@COMMANDS@"
@CASES@
"""
SHELLS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_SPECS = "stario completion --specs 2>/dev/null"


def script(shell: str) -> str:
    """Return the script for a shell."""
    case = {"bash": _bash_case, "zsh": _zsh_case, "fish": _fish_case}[shell]
    cases = "\n".join(case(name, *_words_of(name)) for name in commands.names())
    words = " ".join([*commands.names(), "--help", "--version"])
    return SHELLS[shell].replace("@CASES@", cases).replace("@COMMANDS@", words)


def specs(folder: Path) -> Iterator[str]:
    """Yield what could be served from here: async generator functions, by their source."""
    for module in modules_below(folder):
        file = folder.joinpath(*module.split(".")).with_suffix(".py")
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, ValueError, SyntaxError):  # a package itself, or not to be read
            continue
        for node in tree.body:
            if isinstance(node, ast.AsyncFunctionDef) and _yields(node):
                yield f"{module}:{node.name}"


def _yields(function: ast.AsyncFunctionDef) -> bool:
    """Say whether it is a generator with two parameters, as a bootstrap is."""
    has_yield = any(isinstance(node, ast.Yield) for node in ast.walk(function))
    return has_yield and len(function.args.posonlyargs + function.args.args) == 2


def _words_of(name: str) -> tuple[list[str], bool]:
    """Return the options and choices of a command, and whether it takes an app."""
    parser = ArgumentParser(allow_abbrev=False)
    try:
        command = commands.load(name)
    except StarioError:  # it is named all the same, and says what is wrong with it
        command = None
    if command is not None:
        command.add_arguments(parser)
    words: list[str] = []
    takes_app = False
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        words += [one for one in action.option_strings if one.startswith("--")]
        words += [str(choice) for choice in action.choices or ()]
        takes_app |= action.metavar == "MODULE:CALLABLE"
    return words, takes_app


def _bash_case(name: str, words: list[str], takes_app: bool) -> str:
    more = f" $({_SPECS})" if takes_app else ""
    return f'      {name}) words="{" ".join(words)}{more}" ;;'


def _zsh_case(name: str, words: list[str], takes_app: bool) -> str:
    more = f' "${{(@f)$({_SPECS})}}"' if takes_app else ""
    return f"    {name}) compadd -- {' '.join(words)}{more} ;;"


def _fish_case(name: str, words: list[str], takes_app: bool) -> str:
    more = f" ({_SPECS})" if takes_app else ""
    condition = f'-n "__fish_seen_subcommand_from {name}"'
    return f'complete -c stario {condition} -a "{" ".join(words)}{more}"'
