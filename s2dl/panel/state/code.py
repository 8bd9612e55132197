"""Code: what was done in the panel, as Python that does it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from s2dl.query import PRODUCT_TYPES
from s2dl.region import read_region

__all__ = ["python_code"]

_ALIASES = {full: alias for alias, full in PRODUCT_TYPES.items()}
_DAY_BEGINS, _DAY_ENDS = "T00:00:00+00:00", "T23:59:59.999999+00:00"


def python_code(query: Mapping[str, Any], names: Iterable[str] | None, download: Mapping[str, Any] | None) -> str:
    """Write a search, a selection and a download as Python.

    Parameters
    ----------
    query : mapping
        In the normal form of `Query.to_dict`.
    names : iterable of str, optional
        The selected scenes; None for all.
    download : mapping, optional
        The download's arguments; None where nothing was downloaded.
    """
    arguments = {name: _readable(name, value) for name, value in query.items()}
    parts = ["import s2dl\n", f"scenes = {_call('s2dl.search', arguments)}"]
    if names is not None:
        listed = "".join(f"    {name!r},\n" for name in names)
        parts.append(f'selected = scenes[scenes["name"].isin([\n{listed}])]')
    if download is not None:
        told = {name: value for name, value in download.items() if value != _USUAL.get(name)}
        parts.append(f"report = {_call('s2dl.download', told, 'scenes' if names is None else 'selected')}")
    return "\n".join(parts) + "\n"


_USUAL = {"progress_file": None, "unzip": False, "keep_archive": True, "bands": None, "preview_only": False}
"""Arguments that are not worth a line."""


def _call(function: str, arguments: Mapping[str, str], first: str = "") -> str:
    lines = [first] if first else []
    lines += [f"{name}={value!r}" for name, value in arguments.items()]
    return f"{function}(\n{''.join(f'    {line},{chr(10)}' for line in lines)})"


def _readable(name: str, value: Any) -> Any:
    """Write an argument as a person would."""
    match name, value:
        case "region", str(text):
            region = read_region(text)
            return region.bounds if region.equals(region.envelope) else text
        case "start", str(text):
            return text.removesuffix(_DAY_BEGINS)
        case "end", str(text):
            return text.removesuffix(_DAY_ENDS)
        case "product_type", [full]:
            return _ALIASES[full]
        case "cloud_cover", [low, high]:
            return high if low == 0 else (low, high)
        case _, [one]:
            return one
        case _:
            return value
