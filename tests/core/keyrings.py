"""Keyrings for tests, by the library's own interface: one in memory, one that hangs, and one that is not to be used."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Knows three things only, as the simplest backends do: get, set, delete."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


class HangingKeyring(MemoryKeyring):
    """Waits for a window that nobody sees, until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.begun = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.begun.set()
        assert self.released.wait(60)
        return super().get_password(service, username)


class LockedKeyring(MemoryKeyring):
    """Refuses."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")


class PlaintextKeyring(MemoryKeyring):
    """Named as those are that protect nothing."""


class FileKeyring(MemoryKeyring):
    """For processes: a file that stands for the system's keyring, named by TEST_KEYRING."""

    def _read(self) -> None:
        file = Path(os.environ["TEST_KEYRING"])
        stored = json.loads(file.read_text()) if file.exists() else []
        self.entries = {(service, name): password for service, name, password in stored}

    def _write(self) -> None:
        stored = [[*key, password] for key, password in self.entries.items()]
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(stored))

    def get_password(self, service: str, username: str) -> str | None:
        self._read()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._read()
        super().set_password(service, username, password)
        self._write()

    def delete_password(self, service: str, username: str) -> None:
        self._read()
        super().delete_password(service, username)
        self._write()
