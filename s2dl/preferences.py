"""Preferences: the settings that the user keeps in a TOML file, for later runs.

A person may edit the file, too: comments and order are kept, and a file that cannot be read is never written over.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import types
import typing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError

from s2dl.errors import BadInput
from s2dl.files import disk_errors, replace_durably
from s2dl.settings import SECRET_NAMES, Fields, Settings, Source, settings_path, sources, words

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Preference", "Value", "fields", "listing", "make_file", "read", "settings_path", "store", "unset"]

Kind = Literal["text", "address", "path", "number", "whole number", "yes or no", "choice"]

_HEAD = "Settings of s2dl, for this user. What is not here has its default; no password belongs here."
_GROUPS = {
    "catalogue": "Service", "base_url": "Service", "search_url": "Service", "data_url": "Service",
    "token_url": "Service", "stac_url": "Service", "resto_url": "Service", "s3_endpoint": "Service",
    "order_url": "Service", "connection_timeout": "Patience", "search_timeout": "Patience",
    "download_timeout": "Patience", "download_speed": "Patience", "concurrent_downloads": "Downloads",
    "directory": "Downloads", "progress_file": "Downloads", "unzip": "Downloads", "unzip_directory": "Downloads",
    "keep_archive": "Downloads", "preview_only": "Downloads", "username": "Account and network",
    "proxy": "Account and network", "ca_bundle": "Account and network",
}  # fmt: skip
_KINDS: dict[type, Kind] = {bool: "yes or no", int: "whole number", float: "number", Path: "path", str: "text"}


@dataclass(frozen=True, slots=True)
class Preference:
    """What a form needs to know of one setting.

    Attributes
    ----------
    name : str
    group : str
        Heading under which it stands.
    kind : {"text", "address", "path", "number", "whole number", "yes or no", "choice"}
    default : object
        None where it may be left empty.
    description : str
        One sentence.
    choices : tuple of str
        Of a choice.
    minimum, maximum : float, optional
        Of numbers, inclusive; a `minimum` of None with kind ``number`` means above 0.
    optional : bool
        Whether it may be None.
    """

    name: str
    group: str
    kind: Kind
    default: object
    description: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A setting's value, and where it comes from: environment, file or default."""

    name: str
    value: object
    source: Source

    @property
    def text(self) -> str:
        """The value for people to read, passwords in addresses hidden."""
        return "" if self.value is None else _without_password(_plain_text(self.value))


def fields() -> tuple[Preference, ...]:
    """All settings, in the order in which a form shows them."""
    return tuple(_preference(name) for name in _GROUPS)


def read() -> dict[str, object]:
    """What the user's file sets, checked: values by name.

    Raises
    ------
    BadInput
        The file cannot be read, or holds what cannot be used; says where.
    """
    return {each.name: each.value for each in listing() if each.name in _open_file()}


def listing() -> tuple[Value, ...]:
    """All settings with their values as they are used now, and where these come from.

    Raises
    ------
    BadInput
        As of `read`, or a variable of the environment cannot be used.
    """
    settings, whence = Settings(), sources()
    return tuple(Value(name, getattr(settings, name), whence[name]) for name in _GROUPS)


def store(name: str, value: object) -> None:
    """Set one setting for later runs; `None` unsets it.

    Parameters
    ----------
    name : str
    value : object
        Of the setting's type, or text that can be read as such.

    Raises
    ------
    BadInput
        There is no such setting, the value cannot be used, or the file cannot be read; nothing was written.
    DiskError
        The file cannot be written.
    """
    checked = None if value is None else _checked(name, value)
    if checked is None:
        unset(name)
        return
    with _changed_file() as document:
        item = tomlkit.item(str(checked) if isinstance(checked, Path) else checked)
        if name not in document:
            item.comment(_preference(name).description)
        document[name] = item


def unset(name: str) -> None:
    """Give one setting its default again, for later runs.

    Raises
    ------
    BadInput, DiskError
        As of `store`.
    """
    _known(name)
    if name in _open_file():
        with _changed_file() as document:
            document.remove(name)


def make_file() -> Path:
    """Make the user's file where there is none, with every setting in it as a comment; gives its path.

    Raises
    ------
    DiskError
        It cannot be written.
    """
    path = settings_path()
    if not path.exists():
        document = _new_document()
        for each in fields():
            default = "" if each.default is None else each.default
            line = tomlkit.item(str(default) if isinstance(default, Path) else default).as_string()
            document.add(tomlkit.comment(f"{each.name} = {line}  # {each.description}"))
        _write(document)
    return path


def _preference(name: str) -> Preference:
    field = Fields.model_fields[name]
    kinds = [each for each in _members(field.annotation) if each is not types.NoneType]
    limits = {key: getattr(each, key) for each in field.metadata for key in ("ge", "le") if hasattr(each, key)}
    choices = tuple(str(each) for each in kinds) if isinstance(kinds[0], str) else ()
    kind: Kind = "choice" if choices else "address" if _is_address(name) else _KINDS[kinds[0]]
    return Preference(
        name, _GROUPS[name], kind, field.default, field.description or "", choices,
        limits.get("ge"), limits.get("le"), types.NoneType in _members(field.annotation),
    )  # fmt: skip


def _members(annotation: Any) -> tuple[Any, ...]:
    """The parts of a union, the words of a choice, or the one type."""
    return typing.get_args(annotation) or (annotation,)


def _is_address(name: str) -> bool:
    return name in {"s3_endpoint", "proxy"} or (name.endswith("_url") and name != "search_url")


def _known(name: str) -> None:
    if name.lower() in SECRET_NAMES:
        raise BadInput(
            f"{name} is no setting, since secrets are not stored in this file; `s2dl login --help` says more."
        )
    if name not in _GROUPS:
        likely = get_close_matches(name, _GROUPS, 1)
        hint = f"; is {likely[0]} meant?" if likely else f"; they are {', '.join(_GROUPS)}."
        raise BadInput(f"There is no setting {name}{hint}")


def _checked(name: str, value: object) -> Any:
    """The value as its type; other settings, which may be broken in the file, are not looked at."""
    _known(name)
    try:
        checked = getattr(Fields(**{name: value}), name)  # type: ignore[arg-type]  # checked right here
    except ValidationError as error:
        said = "; ".join(words(each["msg"]) for each in error.errors())
        raise BadInput(f"{name}: {said} (given: {value!r}). {_preference(name).description}") from error
    if isinstance(checked, str) and _without_password(checked) != checked:
        raise BadInput(
            f"{name}: the address holds a password, and passwords are not stored in this file; set the environment "
            f"variable S2DL_{name.upper()} instead."
        )
    return checked


def _without_password(text: str) -> str:
    """The text, with the password of an address in it replaced by stars."""
    try:
        parts = urlsplit(text)
        password = parts.password
    except ValueError:
        return text
    if not password:
        return text
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}"))


def _plain_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _new_document() -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    document.add(tomlkit.nl())
    return document


def _open_file() -> tomlkit.TOMLDocument:
    """The user's file, or a new one.

    Raises
    ------
    BadInput
        It cannot be read.
    """
    path = settings_path()
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return _new_document()
    except (TOMLKitError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"{path} cannot be read ({error}), so it was not changed; mend or remove it.") from error


@contextlib.contextmanager
def _changed_file() -> Iterator[tomlkit.TOMLDocument]:
    document = _open_file()
    yield document
    _write(document)


def _write(document: tomlkit.TOMLDocument) -> None:
    """Write the file whole or not at all, for its owner's eyes only; a link to it stays a link."""
    path = settings_path().resolve()
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes it readable for its owner only
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(tomlkit.dumps(document))
            replace_durably(part, path)
        finally:
            part.unlink(missing_ok=True)
