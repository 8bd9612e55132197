"""`s2dl search` and `s2dl count`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import s2dl
from s2dl.cli.options import asked, query_options
from s2dl.cli.sections import Sectioned
from s2dl.errors import BadInput, PartialListing
from s2dl.files import disk_errors
from s2dl.report import readable_size

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["count", "search"]


@click.command(cls=Sectioned)
@query_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "names", "csv", "json", "geojson"]),
    help="How to write the result; by default a table, or as the output's name ends.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to a file instead of stdout; .parquet and .geojson may be downloaded later with --scenes.",
)
def search(form: str | None, output: Path | None, **options: Any) -> None:
    """List the products that match.

    \b
    s2dl search --bbox 11.2 46.4 11.5 46.6 --start 2024-06 --end 2024-08 --product-type L2A --cloud 20
    """
    if output is not None and not output.absolute().parent.is_dir():
        raise BadInput(f"--output: There is no directory {str(output.parent)!r}; make it, or give another file.")
    form = form or _form_of(output)
    scenes, error = _found(asked(options))
    if output is not None and form == _PARQUET:
        s2dl.write_scenes(scenes, output)
    else:
        _write(_FORMATS[form](scenes), output)
    click.echo(f"{len(scenes)} scenes, {readable_size(int(scenes['size'].sum()))}", err=True)
    if error is not None:
        raise error


def _found(question: dict[str, Any]) -> tuple[gpd.GeoDataFrame, PartialListing | None]:
    """Search; of a listing that is not complete give what was found, and what is to be said after it was written."""
    try:
        return s2dl.search(**question), None
    except PartialListing as error:
        if error.scenes is None:
            raise
        return error.scenes, error


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=bool(text))
        return
    with disk_errors(output):
        output.write_text(f"{text}\n" if text else "", encoding="utf-8")


@click.command(cls=Sectioned)
@query_options
def count(**options: Any) -> None:
    """Count the products that match.

    \b
    s2dl count --tile 32TPS --start 2024 --product-type L2A
    """
    click.echo(s2dl.count(**asked(options)))


def _table(scenes: gpd.GeoDataFrame) -> str:
    if scenes.empty:
        return "No product matches."
    table = scenes[["name", "sensing_start", "cloud_cover", "coverage", "size", "online"]].copy()
    table["sensing_start"] = table["sensing_start"].dt.strftime("%Y-%m-%d %H:%M")
    table["size"] = table["size"].map(readable_size)
    columns = {"sensing_start": "sensed (UTC)", "cloud_cover": "cloud %", "coverage": "covers"}
    formats = {"cloud_cover": "{:.1f}".format, "coverage": "{:.0%}".format}
    if table["coverage"].isna().all():  # no region was asked for
        table = table.drop(columns="coverage")
    header = [columns.get(name, name) for name in table]
    return str(table.to_string(index=False, formatters=formats, header=header, na_rep="?"))


def _names(scenes: gpd.GeoDataFrame) -> str:
    return "\n".join(scenes["name"])


def _csv(scenes: gpd.GeoDataFrame) -> str:
    text = scenes.drop(columns="geometry").assign(geometry=scenes.geometry.to_wkt()).to_csv(index=False)
    return str(text).rstrip("\n")


def _json(scenes: gpd.GeoDataFrame) -> str:
    records = json.loads(scenes.drop(columns="geometry").to_json(orient="records", date_format="iso", date_unit="us"))
    return json.dumps(records, indent=2)


def _geojson(scenes: gpd.GeoDataFrame) -> str:
    from s2dl.scene_files.geojson import dump  # noqa: PLC0415 - heavy

    return dump(scenes).decode()


def _form_of(output: Path | None) -> str:
    """What to write, by the name of the file.

    Raises
    ------
    BadInput
        It does not say.
    """
    suffix = "" if output is None else output.suffix.lower()
    if suffix not in _ENDINGS:
        raise BadInput(f"--output: How to write a file that ends in {suffix!r} is not known; say it with --format.")
    return _ENDINGS[suffix]


_PARQUET = "parquet"
_ENDINGS = {"": "table", ".txt": "table", ".parquet": _PARQUET, ".geoparquet": _PARQUET} | {
    f".{form}": form for form in ("csv", "json", "geojson")
}
_FORMATS = {"table": _table, "names": _names, "csv": _csv, "json": _json, "geojson": _geojson}
