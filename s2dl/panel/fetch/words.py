"""Words: what the panel says of scenes, downloads and carts, and nothing but that."""

from __future__ import annotations

from s2dl.panel.state.cart import Cart
from s2dl.panel.state.tally import Downloads, SceneDownload
from s2dl.product import parse_name
from s2dl.report import readable_size

__all__ = ["cart_words", "readable_time", "scene_label", "scene_words", "scenes_counted", "total_words"]

_WORDS = {
    "downloaded": "downloaded and verified",
    "cancelled": "stopped",
    "adopted": "was here already, verified",
    "skipped": "in the progress file already",
    "offline": "kept offline by the service",
}
_PREVIEW_WORDS = {"downloaded": "previewed", "skipped": "previewed before"}
_SAME = {"already here"}
"""Reasons that say no more than the words do."""


def scene_label(name: str) -> str:
    """Give the telling parts of a product's name: ``S2A L2A 32TPS 2024-06-30``."""
    parts = parse_name(name)
    if parts is None:
        return name
    return f"{parts.platform} L{parts.product_type.removeprefix('S2MSI')} {parts.tile} {parts.sensing_start:%Y-%m-%d}"


def scene_words(scene: SceneDownload) -> str:
    """Say how far one scene is, or how it ended."""
    size = readable_size(scene.size) if scene.size else "unknown size"
    match scene.status:
        case "planned":
            return f"to download ({size})"
        case "waiting":
            return f"waiting ({size})"
        case "downloading":
            return f"{readable_size(scene.received)} of {size}"
        case "retrying":
            return f"trying again: {scene.reason}"
        case "downloaded" if not scene.preview:
            return f"{_WORDS['downloaded']}, {size}" + (f"; {scene.reason}" if scene.reason else "")
        case status:
            words = (_PREVIEW_WORDS if scene.preview else _WORDS).get(status, status)
            said = scene.reason and scene.reason != words and scene.reason not in _SAME
            return f"{words}: {scene.reason}" if said else words


def total_words(downloads: Downloads) -> str:
    """Say how far the whole is, how fast, and how long it will take."""
    if not downloads.scenes or not downloads.begun:
        return ""
    said = [
        f"{downloads.done} of {scenes_counted(len(downloads.scenes))}",
        f"{readable_size(downloads.received)} of {readable_size(downloads.size)}",
    ]
    if downloads.unfinished:
        said.append(f"{len(downloads.unfinished)} not done")
    if downloads.paused:
        return " · ".join([*said, "paused"])
    if downloads.running and downloads.speed > 0:
        said.append(f"{readable_size(downloads.speed)}/s")
    if downloads.remaining is not None:
        said.append(f"{readable_time(downloads.remaining)} left")
    return " · ".join(said)


def cart_words(cart: Cart, *, quicklooks: bool = False) -> str:
    """Say what is chosen, what of it is to be fetched, the room for it, and the time that it will take."""
    if not cart.scenes:
        return "Nothing is chosen yet: click rows of the table, or footprints on the map."
    chosen = f"{scenes_counted(len(cart.scenes))} chosen"
    if quicklooks:
        return f"{chosen}, only their quicklooks"
    said = [f"{chosen}, {readable_size(cart.size)}"]
    if cart.here:
        left = f"{readable_size(cart.to_fetch)} to download" if cart.to_fetch else "nothing to download"
        said.append(f"{cart.here} already here, {left}")
    if cart.free is not None:
        said.append(f"{readable_size(cart.free)} free on the disk")
    if cart.to_fetch and not cart.looking:
        said.append(_time_words(cart))
    return " · ".join([*said, "looking at what is here…"] if cart.looking else said)


def _time_words(cart: Cart) -> str:
    if cart.seconds is None:
        return "time unknown until a first download"
    return f"about {readable_time(cart.seconds)} at {readable_size(cart.speed)}/s"


def scenes_counted(count: int) -> str:
    """``1 scene``, ``2 scenes``."""
    return f"{count} scene{'' if count == 1 else 's'}"


def readable_time(seconds: float) -> str:
    """``50 s``, ``12 min``, ``3.4 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
