"""The plain functions: each runs its verb on the engine's loop and waits."""

from __future__ import annotations

from s2dl.sync import blocking
from s2dl.verbs import account as _account
from s2dl.verbs import download as _download
from s2dl.verbs import preview as _preview
from s2dl.verbs import search as _search
from s2dl.verbs import verify as _verify

__all__ = ["count", "download", "login", "logout", "preview", "quicklook", "search", "verify"]

search = blocking(_search.search)
count = blocking(_search.count)
preview = blocking(_preview.preview)
quicklook = blocking(_preview.quicklook)
download = blocking(_download.download)
verify = blocking(_verify.verify)
login = blocking(_account.login)
logout = blocking(_account.logout)
