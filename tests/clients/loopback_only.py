"""Runs a script, by its path, that can reach no network but loopback."""

from __future__ import annotations

import ipaddress
import runpy
import sys
from typing import Any


class NotLoopback(BaseException):
    """A client wants to leave this machine; no client may swallow that or try again."""


def guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop whoever resolves or connects to another host, as an audit hook."""
    host: object = None
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    if host is not None and not is_loopback(host.decode() if isinstance(host, bytes) else str(host)):
        raise NotLoopback(host)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.addaudithook(guard)
    runpy.run_path(sys.argv[1], run_name="__main__")
