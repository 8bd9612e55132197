"""Credentials: which account is used, and that a password goes only where it was kept for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from core.keyrings import HangingKeyring, LockedKeyring, MemoryKeyring, PlaintextKeyring
from keyring.backends import fail, null

from s2dl.access import keyring as our_keyring
from s2dl.access.credentials import Credentials, find_credentials, forget, remember
from s2dl.access.keyring import drop_account, keep_account
from s2dl.errors import KeyringUnusable, LoginMissing
from s2dl.settings import Settings

LIVE = "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token"
MACHINE = "identity.dataspace.copernicus.eu"


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    forget(Settings())
    yield
    forget(Settings())
    keyring.set_keyring(before)


@pytest.fixture
def kept() -> MemoryKeyring:
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    return backend


def write_netrc(text: str, *, mode: int = 0o600, path: Path | None = None) -> Path:
    path = path or Path.home() / ".netrc"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_order_is_login_environment_netrc_keyring(monkeypatch: pytest.MonkeyPatch, kept: MemoryKeyring) -> None:
    keep_account(LIVE, "in-keyring", "1")
    assert find_credentials(Settings()).username == "in-keyring"
    write_netrc(f"machine {MACHINE} login in-netrc password 2")
    assert find_credentials(Settings()) == Credentials("in-netrc", "2")
    monkeypatch.setenv("S2DL_USERNAME", "in-environment")
    monkeypatch.setenv("S2DL_PASSWORD", "3")
    monkeypatch.setenv("S2DL_TOTP", "123456")
    assert find_credentials(Settings()) == Credentials("in-environment", "3", "123456")
    remember(Credentials("told", "4"), Settings())
    assert find_credentials(Settings()) == Credentials("told", "4")
    forget(Settings())
    assert find_credentials(Settings()).username == "in-environment"


def test_the_keyring_is_not_asked_when_another_source_has_the_account(
    monkeypatch: pytest.MonkeyPatch, kept: MemoryKeyring
) -> None:
    monkeypatch.setenv("S2DL_PASSWORD", "3")
    assert find_credentials(Settings(username="me")) == Credentials("me", "3")
    assert kept.asked == 0


def test_the_keyring_is_asked_once_a_process(kept: MemoryKeyring) -> None:
    keep_account(LIVE, "me", "1")
    find_credentials(Settings())
    asked = kept.asked
    find_credentials(Settings())
    assert kept.asked == asked


def test_a_wanted_user_name_gets_its_own_password_or_none(kept: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_account(LIVE, "me", "1")
    keep_account(LIVE, "you", "2")
    assert find_credentials(Settings()) == Credentials("you", "2")
    assert find_credentials(Settings(username="me")) == Credentials("me", "1")
    assert find_credentials(Settings(), "me") == Credentials("me", "1")
    write_netrc(f"machine {MACHINE} login they password 3")
    assert find_credentials(Settings(username="me")) == Credentials("me", "1")
    monkeypatch.setenv("S2DL_USERNAME", "someone")
    monkeypatch.setenv("S2DL_PASSWORD", "4")
    assert find_credentials(Settings(), "me") == Credentials("me", "1")
    with pytest.raises(LoginMissing):
        find_credentials(Settings(), "nobody")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://identity.example.org/token",
        "https://evil.identity.dataspace.copernicus.eu/token",
        "http://identity.dataspace.copernicus.eu/token",
        "http://127.0.0.1:8003/token",
    ],
)
def test_netrc_and_keyring_passwords_go_to_no_other_origin(kept: MemoryKeyring, elsewhere: str) -> None:
    keep_account(LIVE, "me", "1")
    write_netrc(f"machine {MACHINE} login me password 2\ndefault login me password 3")
    with pytest.raises(LoginMissing):
        find_credentials(Settings(token_url=elsewhere))


def test_a_kept_account_is_for_its_port_only(kept: MemoryKeyring) -> None:
    keep_account("http://127.0.0.1:8003/token", "me", "1")
    assert find_credentials(Settings(token_url="http://127.0.0.1:8003/other")).password == "1"
    with pytest.raises(LoginMissing):
        find_credentials(Settings(token_url="http://127.0.0.1:8004/token"))


def test_netrc_may_name_the_port_and_live_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = write_netrc(
        "machine 127.0.0.1 login any password 1\nmachine 127.0.0.1:8003 login exact password 2", path=tmp_path / "mine"
    )
    monkeypatch.setenv("NETRC", str(mine))
    assert find_credentials(Settings(token_url="http://127.0.0.1:8003/token")) == Credentials("exact", "2")
    assert find_credentials(Settings(token_url="http://127.0.0.1:8004/token")) == Credentials("any", "1")
    assert find_credentials(Settings(token_url="http://127.0.0.1:8004/token")).source == str(mine)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_netrc_that_others_can_read_is_refused_with_what_to_do(mode: int) -> None:
    path = write_netrc(f"machine {MACHINE} login me password hush", mode=mode)
    with pytest.raises(LoginMissing, match=rf"Others can read .*mode {mode:o}.*chmod 600") as caught:
        find_credentials(Settings())
    assert "hush" not in str(caught.value)
    path.chmod(0o400)
    assert find_credentials(Settings()).password == "hush"


def test_a_broken_netrc_is_told_by_line_without_its_words() -> None:
    write_netrc(f"machine example.org login a password b\nmachine {MACHINE} login me passwd hush\n")
    with pytest.raises(LoginMissing, match=r"\.netrc, line 2: this is not the format") as caught:
        find_credentials(Settings())
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_netrc_that_does_not_speak_of_the_service_is_left_alone(kept: MemoryKeyring) -> None:
    keep_account(LIVE, "me", "1")
    write_netrc("machine example.org nonsense", mode=0o644)
    assert find_credentials(Settings()).username == "me"


def test_without_an_account_each_way_is_named() -> None:
    with pytest.raises(LoginMissing) as caught:
        find_credentials(Settings())
    said = str(caught.value)
    for way in (
        "S2DL_USERNAME and S2DL_PASSWORD",
        f"machine {MACHINE} login NAME password PASSWORD",
        ".netrc",
        "s2dl login --remember",
        "s2dl.login()",
        "panel",
        "This system has no keyring",
    ):
        assert way in said


def test_a_keyring_that_hangs_is_given_up_and_not_asked_again_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    assert our_keyring.LIMIT == 5
    monkeypatch.setattr(our_keyring, "LIMIT", 0.05)
    backend = HangingKeyring()
    keyring.set_keyring(backend)
    with pytest.raises(LoginMissing, match="did not answer within"):
        find_credentials(Settings())
    assert backend.begun.is_set()
    with pytest.raises(LoginMissing, match="still has not answered"):
        find_credentials(Settings())
    backend.released.set()
    monkeypatch.setattr(our_keyring, "LIMIT", 60)
    keep_account(LIVE, "me", "1")
    assert find_credentials(Settings()).username == "me"


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        (fail.Keyring, "no keyring"),
        (null.Keyring, "no keyring"),
        (PlaintextKeyring, "PlaintextKeyring, which does not protect passwords"),
        (type("Mine", (PlaintextKeyring,), {}), "does not protect passwords"),
        (type("Keyring", (MemoryKeyring,), {"__module__": "keyrings.alt.file"}), "does not protect passwords"),
        (LockedKeyring, "Failed to unlock the collection"),
    ],
)
def test_a_keyring_that_keeps_nothing_safe_is_refused(backend: Callable[[], MemoryKeyring], words: str) -> None:
    refused = backend()
    keyring.set_keyring(refused)
    with pytest.raises(KeyringUnusable, match=words):
        our_keyring.keyring_account(LIVE, "me")
    with pytest.raises(LoginMissing, match=words):
        find_credentials(Settings(username="me"))


class Chain(MemoryKeyring):
    """As the library chains all that it finds, the likeliest first."""

    def __init__(self, *backends: MemoryKeyring) -> None:
        super().__init__()
        self.backends = backends


def test_nothing_is_kept_unprotected() -> None:
    unsafe = PlaintextKeyring()
    keyring.set_keyring(unsafe)
    with pytest.raises(KeyringUnusable, match="PlaintextKeyring"):
        keep_account(LIVE, "me", "secret")
    assert not unsafe.entries


def test_of_chained_keyrings_the_first_safe_one_is_used() -> None:
    unsafe, safe = PlaintextKeyring(), MemoryKeyring()
    keyring.set_keyring(Chain(unsafe, safe))
    keep_account(LIVE, "me", "1")
    assert not unsafe.entries
    assert find_credentials(Settings()).password == "1"


def test_what_was_kept_is_dropped_and_nothing_else(kept: MemoryKeyring) -> None:
    kept.set_password("someone's", "me", "9")
    keep_account(LIVE, "me", "1")
    keep_account("http://127.0.0.1:1/token", "me", "2")
    drop_account(LIVE)
    assert sorted(kept.entries.values()) == ["2", "9", "me"]
    drop_account(LIVE)


def test_dropping_where_there_is_no_keyring_is_no_error() -> None:
    drop_account(LIVE)


def test_no_repr_shows_a_secret() -> None:
    shown = repr(Credentials("me", "hush", "123456"))
    assert "me" in shown
    assert "hush" not in shown
    assert "123456" not in shown
