"""Account: who is logged in at the Data Space, and logging in and out; no password stays here."""

from __future__ import annotations

from collections.abc import Callable

from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, Int, Unicode

from s2dl.access.identity import AccountState, account_state
from s2dl.errors import KeyringUnusable
from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.pulse import Pulse
from s2dl.settings import Settings
from s2dl.sync import Work, submit

__all__ = ["Account"]


class Account(HasTraits):
    """The account that downloads use.

    Parameters
    ----------
    settings : callable
        Gives the settings that hold now.
    pulse : Pulse

    Attributes
    ----------
    known : AccountState
        Who is logged in, or will be, as far as that is known without asking anyone.
    asked : bool
        Whether a login is waited for.
    busy : bool
        Whether one is under way.
    sentence : str
        What came of the last try, or why a login is asked for; `trouble` is True when that is an error.
    logins : int
        How many were accepted.
    """

    known: AccountState = AnyTrait(AccountState(None))  # type: ignore[assignment]  # a trait gives its value
    asked = Bool(False)
    busy = Bool(False)
    sentence = Unicode()
    trouble = Bool(False)
    logins = Int(0)

    def __init__(self, settings: Callable[[], Settings], pulse: Pulse) -> None:
        super().__init__()
        self._settings = settings
        self._pulse = pulse
        self.refresh()

    def refresh(self) -> None:
        """See anew who is logged in."""
        self.known = account_state(self._settings())

    def ask(self, why: str) -> None:
        """Ask the person to log in."""
        self._say(why, trouble=True)
        self.asked = True

    def dismiss(self) -> None:
        """Wait for no login any more."""
        self.asked = False
        if not self.busy:
            self._say("")

    def log_in(self, username: str, password: str, totp: str = "", *, remember: bool = False) -> None:
        """Try an account; it is the one to use only when the service accepts it.

        Parameters
        ----------
        username, password, totp : str
        remember : bool
            Keep it in the system's keyring for later runs.
        """
        if self.busy:
            return
        if not username.strip() or not password:
            self._say("Fill in user name and password.", trouble=True)
            return
        self.busy = True
        self._say("Logging in…")
        work = submit(_logged_in(username.strip(), password, totp.strip() or None, remember, self._settings()))
        work.when_done(lambda work: self._pulse.soon(lambda: self._answered(work)))

    def _answered(self, work: Work[str]) -> None:
        came = outcome(work, "The login")
        self.busy = False
        self.refresh()
        if isinstance(came, Failure):
            self._say(came.sentence, trouble=True)
            return
        self.asked = False
        self._say(came, trouble=bool(came))
        self.logins += 1

    def log_out(self) -> None:
        """End the session and forget the account."""
        if self.busy:
            return
        self.busy = True
        self._say("Logging out…")
        work = submit(_logged_out(self._settings()))
        work.when_done(lambda work: self._pulse.soon(lambda: self._left(work)))

    def _left(self, work: Work[None]) -> None:
        came = outcome(work, "Logging out")
        self.busy = False
        self.refresh()
        if isinstance(came, Failure):
            self._say(came.sentence, trouble=True)
        else:
            self._say("")

    def _say(self, sentence: str, *, trouble: bool = False) -> None:
        self.trouble = trouble
        self.sentence = sentence


async def _logged_in(username: str, password: str, totp: str | None, remember: bool, settings: Settings) -> str:
    """Log in; give what has to be said of it all the same."""
    from s2dl.verbs.account import login  # noqa: PLC0415 - heavy: it waits for the first login

    try:
        await login(username, password, totp, remember, settings=settings)
    except KeyringUnusable as error:
        return str(error)
    return ""


async def _logged_out(settings: Settings) -> None:
    from s2dl.verbs.account import logout  # noqa: PLC0415

    await logout(settings=settings)
