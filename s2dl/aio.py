"""The same functions as coroutines, awaitable on any loop.

Cancelling one cancels its work and waits until it has tidied up.
"""

from __future__ import annotations

import s2dl.accessor  # noqa: F401 - registers scenes.s2dl
from s2dl.sync import awaitable
from s2dl.verbs import account as _account
from s2dl.verbs import download as _download
from s2dl.verbs import look as _look
from s2dl.verbs import preview as _preview
from s2dl.verbs import search as _search
from s2dl.verbs import verify as _verify

__all__ = ["count", "download", "login", "logout", "overlay", "preview", "quicklook", "search", "true_colour", "verify"]

search = awaitable(_search.search)
count = awaitable(_search.count)
preview = awaitable(_preview.preview)
quicklook = awaitable(_preview.quicklook)
overlay = awaitable(_look.overlay)
true_colour = awaitable(_look.true_colour)
download = awaitable(_download.download)
verify = awaitable(_verify.verify)
login = awaitable(_account.login)
logout = awaitable(_account.logout)
