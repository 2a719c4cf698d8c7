"""Where a new app goes: a folder that is new or empty, in which all files appear, or none."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from stario.cli.scaffold.errors import cannot_read, cannot_write, not_a_folder, not_empty


def require_room(folder: Path, names: Collection[str]) -> None:
    """Raise StarioError for a folder that has more in it than tools leave in an empty one.

    Hidden entries, such as `.git`, and virtual environments may be there. `names` are those that
    will be written, and may not.
    """
    try:
        found = sorted(path.name for path in folder.iterdir() if not _may_stay(path, names))
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise not_a_folder(folder) from error
    except OSError as error:
        raise cannot_read(folder, error) from error
    if found:
        raise not_empty(folder, found)


def _may_stay(path: Path, names: Collection[str]) -> bool:
    if path.name in names:
        return False
    return path.name.startswith(".") or (path / "pyvenv.cfg").is_file()


def write_all(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files that are not there yet, and the folders that they need.

    Raises StarioError where one cannot be written, or has appeared meanwhile. What was made before
    is removed then.
    """
    made: list[Path] = []
    try:
        for name, text in texts.items():
            path = folder / name
            for missing in _missing_folders(path.parent):
                missing.mkdir()
                made.append(missing)
            with path.open("xb") as file:
                made.append(path)
                file.write(text.encode())
    except OSError as error:
        _remove(made)
        raise cannot_write(folder, error) from error
    except BaseException:  # an interrupt
        _remove(made)
        raise


def _missing_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders on the way that are not there, the outermost first."""
    if not folder.exists():
        yield from _missing_folders(folder.parent)
        if not folder.exists():  # `a/..` is there as soon as `a` is
            yield folder


def _remove(made: list[Path]) -> None:
    for path in reversed(made):
        try:
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        except OSError:  # somebody else has put something there
            pass
