"""The embedded Data Space: a small real service on loopback over a made-up archive of Sentinel-2."""

from __future__ import annotations

from s2dl.demo.dataspace import DataSpace, serve
from s2dl.demo.service.faults import Fault

__all__ = ["DataSpace", "Fault", "serve"]
