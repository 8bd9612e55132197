"""The progress file: what is complete and there, in a form that ``md5sum -c`` reads.

A header line, then for each complete file one comment line with a JSON object and one line of md5sum. An entry is
appended only after the file has its final name, so that a crash at any byte loses at most the entry being written.

A product has one entry, that of its archive; beside it, under the kind "files", there is one for each file of it that
was fetched alone, with a path relative to the progress file.
"""

from __future__ import annotations

import json
import os
import re
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from s2dl.errors import BadInput
from s2dl.files import disk_errors, sync_directory, write_durably

__all__ = ["Entry", "ProgressFile", "VerifiedBy"]

VERSION = 1
HEADER = f"# s2dl progress file, version {VERSION}\n"
_HEADER = re.compile(r"# s2dl progress file, version ([0-9]+)\r?\n")
_SUM = re.compile(r"([0-9a-fA-F]{32}) [ *]([^\\\0\r\n]+)\r?\n")
_LARGEST = 512 * 2**20

Kind = Literal["product", "files", "removed"]
VerifiedBy = Literal["md5", "manifest"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One complete file, or one that was complete and was removed after unzipping (`kind` "removed").

    `file` is its name within the directory, or its path with slashes where `kind` is "files"; `name` is the product's;
    `extracted` the folder it was unzipped to.
    """

    file: str
    md5: str
    name: str
    id: str = ""
    size: int = 0
    completed: str = ""
    kind: Kind = "product"
    verified_by: VerifiedBy = "md5"
    catalogue_md5: str | None = None
    extracted: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What no two entries have in common: an archive's product, or the file's own path."""
        return ("files", self.file) if self.kind == "files" else ("product", self.name)

    def to_text(self) -> str:
        """The entry's lines."""
        about = {
            "id": self.id,
            "name": self.name,
            "size": self.size,
            "completed": self.completed,
            "kind": self.kind,
            "verified_by": self.verified_by,
            "catalogue_md5": self.catalogue_md5,
            "extracted": self.extracted,
        }
        if self.kind == "removed":
            return f"# {json.dumps({**about, 'file': self.file, 'md5': self.md5})}\n"
        return f"# {json.dumps(about)}\n{self.md5}  {self.file}\n"


class ProgressFile:
    """A progress file on disk; read when made, created with the first entry.

    Parameters
    ----------
    path : Path

    Raises
    ------
    BadInput
        It is not a progress file of this or an earlier version.
    DiskError
        It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[tuple[str, str], Entry] = {}
        self._sound = 0
        self._writing = threading.Lock()
        if path.is_dir():
            raise BadInput(f"{path} is a directory; name a file as progress file.")
        if path.exists():
            if not path.is_file():
                raise BadInput(f"{path} is no plain file; name another one as progress file.")
            self._read()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, in the order of their completion."""
        return tuple(self._entries.values())

    def find(self, product_name: str) -> Entry | None:
        """The entry of a product's archive."""
        return self._entries.get(("product", product_name))

    def find_file(self, file: str) -> Entry | None:
        """The entry of a single file of a product, by its path."""
        return self._entries.get(("files", file))

    def add(self, entry: Entry) -> None:
        """Append an entry, or put it in the place of the older one with its key, and make it durable.

        Any thread may call it: transfers end side by side.
        """
        entry = replace(entry, completed=entry.completed or datetime.now(UTC).isoformat(timespec="seconds"))
        with self._writing, disk_errors(self.path):
            if entry.key in self._entries:
                self._rewrite({**self._entries, entry.key: entry})
            else:
                self._append(entry)
            self._entries[entry.key] = entry

    def _append(self, entry: Entry) -> None:
        text = entry.to_text().encode()
        if self._sound == 0:
            text = HEADER.encode() + text
        fresh = not self.path.exists()
        with self.path.open("xb" if fresh else "r+b") as file:
            file.truncate(self._sound)
            file.seek(self._sound)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync_directory(self.path.parent)
        self._sound += len(text)

    def _rewrite(self, entries: dict[tuple[str, str], Entry]) -> None:
        content = (HEADER + "".join(each.to_text() for each in entries.values())).encode()
        write_durably(self.path, content, alone=True)
        self._sound = len(content)

    def _read(self) -> None:
        with disk_errors(self.path):
            if self.path.stat().st_size > _LARGEST:
                raise BadInput(f"{self.path} is too large for a progress file; name another one.")
            content = self.path.read_bytes()
        if HEADER.encode().startswith(content):
            return
        found = _HEADER.match(content[:80].decode("utf-8", "replace"))
        if found is None:
            raise BadInput(f"{self.path} exists and is not a progress file of s2dl; name another one.")
        if int(found[1]) > VERSION:
            raise BadInput(f"{self.path} was written by a later version of s2dl ({found[1]}); update s2dl.")
        self._parse(content, start=found.end())

    def _parse(self, content: bytes, start: int) -> None:
        """Read all whole entries; what follows the last one was torn by a crash: the next append cuts it off."""
        self._sound = start
        position, about = start, None
        *lines, _torn = content[start:].split(b"\n")
        for line in lines:
            position += len(line) + 1
            text = line.decode("utf-8", "replace") + "\n"
            if text.startswith("#"):
                about = _json_comment(text)
                if about is None or about.get("kind") == "removed":
                    self._keep(about)
                    about, self._sound = None, position
            elif found := _SUM.fullmatch(text):
                self._keep({**(about or {}), "md5": found[1].lower(), "file": found[2]})
                about, self._sound = None, position
            elif text.strip():
                raise BadInput(
                    f"{self.path} has a line that is neither a checksum nor a comment: {text[:60]!r}. "
                    "Mend or remove it."
                )

    def _keep(self, about: dict[str, Any] | None) -> None:
        if not about or "file" not in about or "md5" not in about:
            return
        file, kind = str(about["file"]), _kind(about.get("kind"))
        if not (_is_below(file) if kind == "files" else _is_name(file)):
            raise BadInput(f"{self.path} lists {file[:60]!r}, outside its own directory. Mend or remove the line.")
        entry = Entry(
            file=file,
            md5=str(about["md5"]),
            name=str(about.get("name") or f"{file.removesuffix('.zip').removesuffix('.SAFE')}.SAFE"),
            id=str(about.get("id") or ""),
            size=_whole(about.get("size")),
            completed=str(about.get("completed") or ""),
            kind=kind,
            verified_by="manifest" if about.get("verified_by") == "manifest" else "md5",
            catalogue_md5=_text(about.get("catalogue_md5")),
            extracted=_text(about.get("extracted")),
        )
        self._entries[entry.key] = entry


def _is_name(file: str) -> bool:
    return Path(file).name == file and "\\" not in file and file != ".."


def _is_below(file: str) -> bool:
    return all(part and _is_name(part) for part in file.split("/"))


def _json_comment(line: str) -> dict[str, Any] | None:
    try:
        content = json.loads(line.lstrip("# "))
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _kind(value: object) -> Kind:
    return "removed" if value == "removed" else "files" if value == "files" else "product"


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
