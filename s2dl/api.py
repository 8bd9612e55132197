"""The plain functions: each runs its verb on the engine's loop and waits.

Whoever has a table from here can use its accessor, ``scenes.s2dl``, which is registered along with them.
"""

from __future__ import annotations

import s2dl.accessor  # noqa: F401 - registers scenes.s2dl
from s2dl.asking import asking, login
from s2dl.scene_files import read_scenes, write_scenes
from s2dl.sync import blocking
from s2dl.verbs import account as _account
from s2dl.verbs import download as _download
from s2dl.verbs import look as _look
from s2dl.verbs import preview as _preview
from s2dl.verbs import search as _search
from s2dl.verbs import verify as _verify

__all__ = [
    "count",
    "download",
    "login",
    "logout",
    "overlay",
    "preview",
    "quicklook",
    "read_scenes",
    "search",
    "true_colour",
    "verify",
    "write_scenes",
]

search = blocking(_search.search)
count = blocking(_search.count)
preview = blocking(_preview.preview)
quicklook = blocking(_preview.quicklook)
overlay = blocking(_look.overlay)
true_colour = blocking(_look.true_colour)
download = asking(blocking(_download.download))
verify = asking(blocking(_verify.verify))
logout = blocking(_account.logout)
