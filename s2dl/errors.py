"""One tree of exceptions; every error that s2dl raises on purpose stands in it.

::

    S2dlError                     base of all; `exit_code` is the command line's (1 unless said)
    ├── BadInput (2)              an argument, file or setting cannot be used as given
    │   └── BadRegion (2)         a region cannot be read
    ├── LoginError (3)
    │   ├── LoginMissing (3)      no account is known
    │   ├── LoginRefused (3)      the service did not accept the account
    │   └── KeyringUnusable (3)   the system has no keyring that can keep an account
    ├── ServiceError (4)          the service answered with an error (`status`, `code`, `request_id`)
    │   ├── ServiceUnreachable (4)   no answer at all
    │   ├── BadAnswer (4)            an answer that is not what was due (HTML for JSON, no zip, …)
    │   ├── PartialListing (4)       a search is not complete (`scenes`, `missing`)
    │   └── ServiceOff (4)           the user has switched the service off
    ├── InUse (5)                 directory or progress file belongs to a running download
    ├── TransferError (1)         one product did not arrive as it should
    │   ├── Incomplete (1)        fewer or more bytes than announced, or the stream broke
    │   └── ChecksumMismatch (1)  all bytes, but not the right ones
    └── DiskError (1)             the disk refused: full, read-only, no permission
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "BadAnswer",
    "BadInput",
    "BadRegion",
    "ChecksumMismatch",
    "DiskError",
    "InUse",
    "Incomplete",
    "KeyringUnusable",
    "LoginError",
    "LoginMissing",
    "LoginRefused",
    "PartialListing",
    "S2dlError",
    "ServiceError",
    "ServiceOff",
    "ServiceUnreachable",
    "TransferError",
]


class S2dlError(Exception):
    """Base of every error that s2dl raises on purpose.

    The message says what happened, to what, and what to do.
    """

    exit_code: ClassVar[int] = 1


class BadInput(S2dlError, ValueError):
    """An argument, a file or a setting cannot be used as given."""

    exit_code = 2


class BadRegion(BadInput):
    """What was given as a region cannot be read as one."""


class LoginError(S2dlError):
    """The account is missing or was refused."""

    exit_code = 3


class LoginMissing(LoginError):
    """A login is needed and no account is known."""


class LoginRefused(LoginError):
    """The identity service did not accept the account."""


class KeyringUnusable(LoginError):
    """There is no keyring, or it does not answer, or it does not protect what it keeps."""


class ServiceError(S2dlError):
    """The service answered with an error.

    Parameters
    ----------
    message : str
        One sentence for the user.
    status : int, optional
        The HTTP status.
    code : str, optional
        The service's own code, such as ``DAT-ZIP-100``.
    request_id : str, optional
        What the service's support asks for.
    retry_after : float, optional
        Seconds that the service asked to wait.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after


class ServiceUnreachable(ServiceError):
    """No answer came: no connection, or a time-out."""


class BadAnswer(ServiceError):
    """An answer came that is not what was due."""


class PartialListing(ServiceError):
    """A search found something and is not complete.

    Attributes
    ----------
    missing : tuple of str
        What could not be had.
    scenes : GeoDataFrame or None
        What was found.
    """

    def __init__(self, message: str, *, missing: tuple[str, ...], status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.missing = missing
        self.scenes: gpd.GeoDataFrame | None = None


class ServiceOff(ServiceError):
    """The user has switched the service off (``concurrent_downloads = 0``)."""


class InUse(S2dlError):
    """Another download works on this directory or progress file."""

    exit_code = 5


class TransferError(S2dlError):
    """One product did not arrive as it should."""


class Incomplete(TransferError):
    """The stream broke, or its length is not the announced one."""


class ChecksumMismatch(TransferError):
    """All bytes arrived, and they are not the right ones."""


class DiskError(S2dlError):
    """The disk refused: full, read-only, or no permission."""
