"""Login: who is logged in, and fields of our own for user name, password and code.

What is typed travels as one message from the page and is kept nowhere: a widget's state is saved into the notebook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget

from s2dl.panel.state.account import Account
from s2dl.panel.state.state import PanelState

__all__ = ["LoginBox", "login_of"]

_HERE = Path(__file__).parent


class LoginBox(anywidget.AnyWidget):
    """The account's state in one line, and the fields to log in, folded away until they are needed.

    Parameters
    ----------
    account : Account
    """

    _esm = _HERE / "login.js"

    def __init__(self, account: Account, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._account = account
        account.observe(lambda _: self._tell(), ["known", "asked", "busy", "sentence", "trouble"])
        self.on_msg(self._heard)

    def _heard(self, _: Any, content: dict[str, Any], __: Any) -> None:
        match content:
            case {"do": "log in", "username": str(username), "password": str(password), "totp": str(totp)}:
                self._account.log_in(username, password, totp, remember=content.get("remember") is True)
            case {"do": "log out"}:
                self._account.log_out()
            case {"do": "dismiss"}:
                self._account.dismiss()
            case _:
                self._tell()

    def _tell(self) -> None:
        account = self._account
        self.send(
            {
                "words": str(account.known),
                "in": account.known.logged_in,
                "name": account.known.username or "",
                "asked": account.asked,
                "busy": account.busy,
                "sentence": account.sentence,
                "trouble": account.trouble,
            }
        )


def login_of(state: PanelState) -> LoginBox:
    """Make the login of a state."""
    box = LoginBox(state.account)
    box.add_class("s2dl-login-place")
    return box
