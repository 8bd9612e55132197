"""The embedded Data Space without its sockets: one world, and the three applications that answer for it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from s2dl.demo.service.bending import Bent
from s2dl.demo.service.faults import Fault, Faults
from s2dl.demo.service.holdings import Holdings
from s2dl.demo.service.identity import Identity
from s2dl.demo.service.odata.catalogue import Catalogue, Headed
from s2dl.demo.service.records import Records, Watched
from s2dl.demo.service.resto.catalogue import RestoCatalogue, switched_off
from s2dl.demo.service.stac.catalogue import StacCatalogue
from s2dl.demo.service.transfers import Sessions, Transfers
from s2dl.demo.service.workspace import Workspace
from s2dl.demo.world.world import World

__all__ = ["ORIGINS", "Plan", "Service"]

ORIGINS = ("catalogue", "download", "identity")


@dataclass(frozen=True, slots=True)
class Plan:
    """How the Data Space shall be; the fields are those of `s2dl.demo.DataSpace`."""

    seed: int = 0
    product_size: int = 40_000
    big: Mapping[str, int] | None = None
    sessions: int = 4
    token_life: float = 600
    refresh_life: float = 3600
    users: Mapping[str, str] = field(default_factory=lambda: {"demo": "demo"})
    totp: str | tuple[str, ...] | None = None
    page_delay: float = 0
    rate: float | None = None
    ranges: bool = False
    resto: bool = False
    faults: tuple[Fault, ...] = ()


class Service:
    """One Data Space: what it is made of, and its applications.

    Parameters
    ----------
    plan : Plan
        How it shall be.
    origins : mapping
        Address of each of `ORIGINS`.
    """

    def __init__(self, plan: Plan, origins: Mapping[str, str]) -> None:
        self.records = Records()
        self.world = World(plan.seed, product_size=plan.product_size, big=plan.big)
        self._faults = Faults(plan.faults)
        self._holdings = Holdings(self.world, self._faults)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="s2dl-demo-catalogue")
        self.sessions = Sessions(plan.sessions)
        identity = Identity(
            plan.users,
            plan.totp,
            token_life=plan.token_life,
            refresh_life=plan.refresh_life,
            records=self.records,
        )
        download, delay = origins["download"], plan.page_delay
        odata = Catalogue(self._holdings, self._executor, download=download, page_delay=delay)
        stac = StacCatalogue(
            self._holdings, self._executor, download=download, identity=origins["identity"], page_delay=delay
        )
        resto = switched_off()
        if plan.resto:
            resto = RestoCatalogue(self._holdings, self._executor, download=download, page_delay=delay).routes
        transfers = Transfers(self._holdings, identity, self.sessions, rate=plan.rate, ranges=plan.ranges)
        workspace = Workspace(self._holdings, identity, self.records)
        self.apps: dict[str, ASGIApp] = {
            "catalogue": self._layered("catalogue", [*odata.routes, *stac.routes, *resto]),
            "download": self._layered("download", [*transfers.routes, *workspace.routes]),
            "identity": self._layered("identity", identity.routes),
        }

    def inject(self, fault: Fault) -> None:
        """Let `fault` strike from now on."""
        self._faults.add(fault)

    def give_up(self) -> None:
        """Break off a search that is running, so that nothing waits for it."""
        self._holdings.close()

    def close(self) -> None:
        """End the catalogue's thread; nobody may ask any more."""
        self._executor.shutdown()

    def _layered(self, origin: str, routes: list[Route]) -> ASGIApp:
        app: ASGIApp = Starlette(routes=routes)
        app = Bent(app, origin, self._faults, self._name_of)
        if origin == "catalogue":
            app = Headed(app)
        return _LoopbackOnly(Watched(app, origin, self.records))

    def _name_of(self, id_: str) -> str | None:
        scene = self.world.by_id(id_)
        return scene.name if scene else None


class _LoopbackOnly:
    """ASGI layer: 421 to whoever reaches us under a foreign name (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Request(scope).headers.get("host", "").rpartition(":")[0]
        if host in {"127.0.0.1", "localhost"}:
            await self._app(scope, receive, send)
        else:
            refusal: Response = PlainTextResponse("Misdirected Request", 421)
            await refusal(scope, receive, send)
