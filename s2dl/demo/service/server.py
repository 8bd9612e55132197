"""uvicorn in a thread: the three applications on three loopback ports, started and stopped without a trace."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Mapping, Sequence

import uvicorn
from starlette.types import ASGIApp

__all__ = ["Listeners", "Server"]

HOST = "127.0.0.1"


class Listeners:
    """Bound loopback sockets, one for each name.

    Parameters
    ----------
    names : sequence of str
        One socket each.
    port : int
        The first one's port, the others follow; 0 for any that are free.
    """

    def __init__(self, names: Sequence[str], port: int = 0) -> None:
        self.sockets: dict[str, socket.socket] = {}
        try:
            for offset, name in enumerate(names):
                listener = socket.create_server((HOST, port + offset if port else 0), backlog=512)
                # Connections inherit it; without it an answer's body waits 40 ms for its head to be acknowledged.
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sockets[name] = listener
        except OSError:
            self.close()
            raise

    @property
    def origins(self) -> dict[str, str]:
        """Address of each."""
        return {name: f"http://{HOST}:{listener.getsockname()[1]}" for name, listener in self.sockets.items()}

    def close(self) -> None:
        """Close all."""
        for listener in self.sockets.values():
            listener.close()


class Server:
    """The applications, served in a background thread until stopped.

    Parameters
    ----------
    apps : mapping
        Application by name.
    listeners : Listeners
        Where they listen; closed at the end.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], listeners: Listeners) -> None:
        _quieten()
        self._listeners = listeners
        self._servers = {name: uvicorn.Server(_config(app)) for name, app in apps.items()}
        self._thread = threading.Thread(target=self._run, name="s2dl-demo", daemon=True)
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def stop(self) -> None:
        """Drop all connections, close the ports and end the thread."""
        self._loop.call_soon_threadsafe(self._drop)
        self._thread.join()
        self._listeners.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        await asyncio.gather(
            *(server.serve(sockets=[self._listeners.sockets[name]]) for name, server in self._servers.items())
        )

    def _drop(self) -> None:
        for server in self._servers.values():
            server.should_exit = True
            for connection in list(server.server_state.connections):
                connection.transport.abort()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level=logging.WARNING,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
    )


def _quieten() -> None:
    # Faults end answers in the middle, on purpose; uvicorn would report each as an error.
    logging.getLogger("uvicorn.error").addFilter(_on_purpose)


def _on_purpose(entry: logging.LogRecord) -> bool:
    return "returned without completing response" not in str(entry.msg)
