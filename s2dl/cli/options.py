"""The options that say what is asked, for every command that asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from s2dl.cli.sections import Option, a_file, offering
from s2dl.errors import BadInput

__all__ = ["asked", "query_options"]

F = TypeVar("F", bound=Callable[..., Any])

_WHERE = partial(click.option, cls=Option, section="Where")
_WHEN = partial(click.option, cls=Option, section="When")
_WHAT = partial(click.option, cls=Option, section="Which products")

_OPTIONS = (
    _WHERE("--bbox", nargs=4, metavar="WEST SOUTH EAST NORTH", help="A box, in degrees."),
    _WHERE(
        "--region", metavar="FILE|WKT", shell_complete=a_file,
        help="A vector file (.shp, .kml, .geojson, …), WKT, or a tile."
    ),
    _WHERE(
        "--reference", multiple=True, metavar="RASTER", shell_complete=a_file,
        help="An image whose extent is meant; may be repeated.",
    ),
    _WHERE("--tile", multiple=True, metavar="TILE", help="A tile, like 32TPS; may be repeated."),
    _WHERE("--min-coverage", type=float, metavar="SHARE", help="Overpasses that cover so much of the region, 0 to 1."),
    _WHEN("--start", metavar="TIME", help="From: 2024, 2024-06, 2024-06-30, 30-JUN-2024 or an ISO time; UTC."),
    _WHEN("--end", metavar="TIME", help="To, inclusive; a year, month or day means its last instant."),
    _WHEN("--months", metavar="6,7,8", help="Only these months of each year."),
    _WHAT(
        "--product-type", multiple=True, metavar="TYPE", shell_complete=offering("L1C", "L2A", "L2Ap"),
        help="L1C, L2A or L2Ap; may be repeated.",
    ),
    _WHAT("--cloud", metavar="MAX|LOW,HIGH", help="Cloud cover, percent; leaves out what does not say its own."),
    _WHAT("--orbit", multiple=True, type=int, metavar="NUMBER", help="Relative orbit, 1 to 143; may be repeated."),
    _WHAT(
        "--orbit-direction", metavar="DIRECTION", shell_complete=offering("ascending", "descending"),
        help="ascending or descending.",
    ),
    _WHAT(
        "--platform", multiple=True, metavar="SATELLITE", shell_complete=offering("S2A", "S2B", "S2C"),
        help="S2A, S2B or S2C; may be repeated.",
    ),
    _WHAT("--name", metavar="PATTERN", help="A product name, or a pattern with * and ?."),
    _WHAT("--latest-baseline", is_flag=True, default=None, help="Only the best processing of each product."),
    _WHAT("--online/--offline", default=None, help="Only what can be downloaded at once; or only what cannot."),
    _WHAT("--limit", type=int, metavar="NUMBER", help="The newest so many."),
    _WHAT(
        "--catalogue", metavar="NAME", shell_complete=offering("odata", "stac", "resto"),
        help="odata, stac or resto; by default the settings'.",
    ),
)  # fmt: skip

_NAMES = (
    "bbox", "region", "reference", "tile", "start", "end", "months", "product_type", "cloud", "orbit",
    "orbit_direction", "platform", "name", "min_coverage", "latest_baseline", "online", "limit", "catalogue",
)  # fmt: skip


def query_options(command: F) -> F:
    """Add the options to a command; they arrive as keyword arguments, for `asked`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asked(options: dict[str, Any]) -> dict[str, Any]:
    """Make `search`'s arguments of the options, leaving out what was not said.

    Raises
    ------
    BadInput
        Two of them exclude one another, or one cannot be read.
    """
    given = {name: value for name in _NAMES if (value := options[name]) not in (None, ())}
    if len(given.keys() & {"bbox", "region", "reference"}) > 1:
        raise BadInput("--bbox, --region and --reference exclude one another; give one of them.")
    renamed = {"bbox": "region", "reference": "region", "cloud": "cloud_cover", "orbit": "relative_orbit"}
    arguments = {renamed.get(name, name): value for name, value in given.items()}
    if "bbox" in given:
        arguments["region"] = _box(given["bbox"])
    if "cloud" in given:
        arguments["cloud_cover"] = _cloud(given["cloud"])
    if "months" in given:
        arguments["months"] = _months(given["months"])
    if "reference" in given:
        arguments["region"] = list(given["reference"])
    return arguments


def _box(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts, once each is a number: four words would be taken for four images."""
    for text in texts:
        try:
            float(text.replace(",", "."))
        except ValueError as error:
            raise BadInput(f"--bbox: {text!r} is not a number of degrees; write --bbox 11.2 46.4 11.5 46.6.") from error
    return texts


def _months(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise BadInput(f"--months: {text!r} is not a list of months; write 6,7,8.") from error


def _cloud(text: str) -> Any:
    parts = text.split(",")
    return parts[0] if len(parts) == 1 else tuple(parts)
