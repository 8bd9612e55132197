"""`DataSpace`: the embedded Data Space as a context manager, in a thread of this process or in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from s2dl.demo.process import Process
from s2dl.demo.service.faults import Fault, FaultLike, fault_of
from s2dl.demo.service.records import Request
from s2dl.demo.service.server import Listeners, Server
from s2dl.demo.service.service import ORIGINS, Plan, Service
from s2dl.demo.world import World

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["DataSpace", "Local", "serve"]


class _Running(Protocol):
    """A Data Space that answers, wherever it runs."""

    @property
    def origins(self) -> Mapping[str, str]: ...
    @property
    def requests(self) -> list[Request]: ...
    @property
    def logins(self) -> int: ...
    @property
    def orders(self) -> list[str]: ...
    @property
    def max_sessions_seen(self) -> int: ...
    def inject(self, fault: Fault) -> None: ...
    def close(self) -> None: ...


class Local:
    """A Data Space in a thread of this process.

    Parameters
    ----------
    plan : Plan
        How it shall be.
    port : int
        The catalogue's port, download and identity on the next two; 0 for free ones.
    """

    def __init__(self, plan: Plan, port: int = 0) -> None:
        listeners = Listeners(ORIGINS, port)
        self.origins: Mapping[str, str] = listeners.origins
        self._service = Service(plan, self.origins)
        self._server = Server(self._service.apps, listeners)

    @property
    def requests(self) -> list[Request]:
        """All requests so far."""
        return self._service.records.requests

    @property
    def logins(self) -> int:
        """Password grants so far."""
        return self._service.records.logins

    @property
    def orders(self) -> list[str]:
        """Names of the products that were ordered so far."""
        return self._service.records.orders

    @property
    def max_sessions_seen(self) -> int:
        """The most transfers that were open at a time."""
        return self._service.sessions.most

    def inject(self, fault: Fault) -> None:
        """Let `fault` strike from now on."""
        self._service.inject(fault)

    def close(self) -> None:
        """Stop serving."""
        self._service.give_up()
        self._server.stop()
        self._service.close()


class DataSpace:
    """A small real Copernicus Data Space on loopback, over a made-up archive of Sentinel-2.

    It serves between ``with`` and its end, on three ports: catalogue, download and identity.

    Parameters
    ----------
    seed : int
        Which world.
    product_size : int
        Size of a product's zip in bytes, nearly.
    big : mapping, optional
        Sizes in bytes of chosen products, by glob on the name.
    sessions : int
        Transfers that an account may have open at a time; one more is answered with 429.
    token_life, refresh_life : float
        Seconds that access and refresh tokens are good for.
    users : mapping
        Password by user name.
    totp : str or sequence of str, optional
        Second factor that a login needs: one code that is always good, or codes that are good once each.
    page_delay : float
        Seconds that each page of a search takes longer.
    rate : float, optional
        Bytes per second on each download connection.
    ranges : bool
        Whether downloads honour Range, which the real service does not.
    resto : bool
        Whether the resto (OpenSearch) catalogue answers, which the real service switched off on 2 March 2026.
    faults : sequence of Fault, str or tuple
        Bad days from the start; a tuple is ``(name, match)`` or ``(name, match, times)``.
    process : bool
        Serve from a process of its own, for benchmarks.
    port : int
        The catalogue's port, download and identity on the next two; 0 for free ones.

    Raises
    ------
    BadInput
        A fault is not known.
    OSError
        A port is taken (when entered).

    Examples
    --------
    >>> with DataSpace() as space:  # doctest: +SKIP
    ...     scenes = s2dl.search(tile="32TPS", start="2024-06", end="2024-06", settings=space.settings)
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        product_size: int = 40_000,
        big: Mapping[str, int] | None = None,
        sessions: int = 4,
        token_life: float = 600,
        refresh_life: float = 3600,
        users: Mapping[str, str] | None = None,
        totp: str | Sequence[str] | None = None,
        page_delay: float = 0,
        rate: float | None = None,
        ranges: bool = False,
        resto: bool = False,
        faults: Iterable[FaultLike] = (),
        process: bool = False,
        port: int = 0,
    ) -> None:
        self._plan = Plan(
            seed=seed,
            product_size=product_size,
            big=big,
            sessions=sessions,
            token_life=token_life,
            refresh_life=refresh_life,
            users={"demo": "demo"} if users is None else users,
            totp=totp if totp is None or isinstance(totp, str) else tuple(totp),
            page_delay=page_delay,
            rate=rate,
            ranges=ranges,
            resto=resto,
            faults=tuple(fault_of(fault) for fault in faults),
        )
        self._process = process
        self._port = port
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        self._running = (Process if self._process else Local)(self._plan, self._port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running, self._running = self._now, None
        running.close()

    @property
    def _now(self) -> _Running:
        if self._running is None:
            raise RuntimeError("Enter the DataSpace first: with DataSpace() as space: ...")
        return self._running

    @cached_property
    def world(self) -> World:
        """The same world, computed here: what exists, without asking the service."""
        return World(self._plan.seed, product_size=self._plan.product_size, big=self._plan.big)

    @property
    def urls(self) -> dict[str, str]:
        """Addresses: the origins ``catalogue``, ``download`` and ``identity``, and the roots of the settings."""
        origins = dict(self._now.origins)
        catalogue = origins["catalogue"]
        return origins | {
            "base_url": f"{catalogue}/odata/v1",
            "data_url": f"{origins['download']}/odata/v1",
            "token_url": f"{origins['identity']}/auth/realms/CDSE/protocol/openid-connect/token",
            "stac_url": f"{catalogue}/stac/v1",
            "resto_url": f"{catalogue}/resto/api/collections",
            "order_url": f"{origins['download']}/odata/v1/Workspace/OData.CSC.Create",
        }

    @property
    def settings(self) -> Settings:
        """Settings that point s2dl at this Data Space, with the first user's name."""
        from s2dl.settings import Settings  # noqa: PLC0415 - the Data Space itself needs nothing of s2dl

        return Settings(**self._roots, username=self._user)

    @property
    def env(self) -> dict[str, str]:
        """The same as environment variables, with the first user's password."""
        variables = {f"S2DL_{name.upper()}": url for name, url in self._roots.items()}
        return variables | {"S2DL_USERNAME": self._user, "S2DL_PASSWORD": self._plan.users[self._user]}

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in the order in which they arrived."""
        return self._now.requests

    @property
    def logins(self) -> int:
        """Password grants so far."""
        return self._now.logins

    @property
    def orders(self) -> list[str]:
        """Names of the products that were ordered in the workspace so far, in that order, each time they were."""
        return self._now.orders

    @property
    def max_sessions_seen(self) -> int:
        """The most transfers that were open at a time."""
        return self._now.max_sessions_seen

    def inject(self, fault: Fault | str, match: str = "*", times: float = 1) -> None:
        """Let a fault strike from now on.

        Parameters
        ----------
        fault : Fault or str
            One with all its details, or a name of `s2dl.demo.service.faults.KINDS`.
        match, times
            As of `Fault`; for a name only.

        Raises
        ------
        BadInput
            The fault is not known.
        """
        self._now.inject(fault if isinstance(fault, Fault) else Fault(fault, match, times))

    @property
    def _roots(self) -> dict[str, str]:
        """All but the one for orders, which is not set at first with the real service either."""
        return {name: url for name, url in self.urls.items() if name.endswith("_url") and name != "order_url"}

    @property
    def _user(self) -> str:
        return next(iter(self._plan.users))


def serve(ready: Callable[[DataSpace], None], port: int = 0) -> None:
    """Serve a Data Space in the foreground until interrupted.

    Parameters
    ----------
    ready : callable
        Is given the Data Space as soon as it answers, to say where it is.
    port : int
        As of `DataSpace`.

    Raises
    ------
    KeyboardInterrupt
        The only way out.
    """
    with DataSpace(port=port) as space:
        ready(space)
        threading.Event().wait()
