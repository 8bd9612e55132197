"""Files on disk: safe names, digests, and writes that survive a crash."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl.errors import BadAnswer, BadInput, DiskError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "archive_name",
    "digest_of",
    "disk_errors",
    "given_path",
    "md5_of",
    "replace_durably",
    "see_writable",
    "set_aside",
    "sync_directory",
    "write_durably",
]

_ADVICE = {
    errno.ENOSPC: "The disk is full: make room",
    errno.EDQUOT: "Your share of the disk is full: make room",
    errno.EROFS: "The disk can only be read: choose another directory",
    errno.ENAMETOOLONG: "Choose a shorter name",
}
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,200}")


def archive_name(name: str) -> str:
    """`<name>.zip` for a product's name.

    Raises
    ------
    BadAnswer
        The name, which comes from the service, could lead out of the directory.
    """
    if not _SAFE_NAME.fullmatch(name) or ".." in name:
        raise BadAnswer(f"The service gave a product name that cannot be a file's, and it was refused: {name[:80]!r}.")
    return f"{name}.zip"


def given_path(what: str, value: str | os.PathLike[str]) -> Path:
    """A path as a person gave it, with ``~`` for a home directory.

    Parameters
    ----------
    what : str
        The argument's name, for the sentence.
    value : path

    Raises
    ------
    BadInput
        It can be no path.
    """
    try:
        path = Path(value).expanduser()
    except TypeError as error:
        raise BadInput(f"{what}: {value!r} is no path; give a text or a Path.") from error
    except RuntimeError as error:
        raise BadInput(f"{what}: whose home directory {str(value)!r} means is not known; write it out.") from error
    if "\0" in str(path):
        raise BadInput(f"{what}: {str(value)!r} has a zero byte in it, as no path can.")
    return path


def see_writable(directory: Path) -> None:
    """Make a directory where it is missing, and see that files can be written there.

    Raises
    ------
    DiskError
        They cannot.
    """
    probe = directory / ".s2dl-probe"
    with disk_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's errors at `path` into a `DiskError` that says what to do."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "Check free space and permissions")
        raise DiskError(f"{path}: {error.strerror or error}. {advice}, then run it again.") from error


def digest_of(path: Path, algorithm: str) -> str:
    """Digest of a file by an algorithm of `hashlib`, in lower-case hex; reads in pieces and lets other threads run."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def md5_of(path: Path) -> str:
    """MD5 of a file, in lower-case hex."""
    return digest_of(path, "md5")


def replace_durably(source: Path, target: Path) -> None:
    """Rename a complete file to its final name, so that a crash leaves one or the other."""
    with source.open("rb+") as file:
        os.fsync(file.fileno())
    source.replace(target)
    sync_directory(target.parent)


def set_aside(path: Path) -> Path:
    """Rename a file that is not what it should be to ``….mismatch``, or with a number where that is taken."""
    first = path.with_name(f"{path.name}.mismatch")
    number, aside = 1, first
    while aside.exists():
        number += 1
        aside = first.with_name(f"{first.name}{number}")
    with disk_errors(path):
        path.rename(aside)
    return aside


def write_durably(path: Path, content: bytes, *, alone: bool = False) -> None:
    """Write a small file whole or not at all, also where several processes or threads write it at the same moment.

    Parameters
    ----------
    path : Path
    content : bytes
    alone : bool
        Nobody else can write it at this moment: what a kill leaves is hidden, and used up by the next writing.
    """
    who = "" if alone else f".{os.getpid()}-{threading.get_ident()}"
    part = path.with_name(f"{'.' if alone else ''}{path.name}{who}.part")
    try:
        part.write_bytes(content)
        replace_durably(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync_directory(directory: Path) -> None:
    """Make a rename in `directory` durable, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
