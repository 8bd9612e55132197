"""Recorded answers of all three catalogues make one and the same kind of table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from s2dl.access.shaped import read_json
from s2dl.catalogue import odata, resto_feature, stac_item
from s2dl.catalogue.odata_entry import Entry
from s2dl.product import Product
from s2dl.query import Query
from s2dl.scenes import scenes_of

QUERY = Query.build(limit=1)


def recorded(shared: Path, path: str) -> Any:
    return json.loads((shared / path).read_text())


def read_odata(entry: dict[str, Any]) -> Product:
    return odata.product_of(read_json("The search", json.dumps(entry).encode(), Entry))


def test_the_tables_of_all_catalogues_are_of_one_shape(shared: Path) -> None:
    of_odata = recorded(shared, "data/catalogue/cdse_odata/eodag_cop_dataspace_search.json")["value"]
    of_stac = [recorded(shared, f"recorded/stac/cdse_example_item_sentinel-2-{level}.json") for level in ("l1c", "l2a")]
    of_resto = recorded(shared, "data/catalogue/cdse_resto/hls_resto_10.json")["features"]
    tables = [
        scenes_of([read(entry) for entry in entries], QUERY)
        for read, entries in (
            (read_odata, of_odata),
            (stac_item.product_of, of_stac),
            (resto_feature.product_of, of_resto),
        )
    ]
    empty = scenes_of([], QUERY)
    assert [len(table) for table in tables] == [2, 2, 10]
    for table in tables:
        assert table.dtypes.equals(empty.dtypes)
        assert table.crs == empty.crs
        assert table["sensing_start"].is_monotonic_increasing
        known = ["id", "name", "product_type", "platform", "tile", "relative_orbit", "baseline", "cloud_cover"]
        assert table[known].notna().all(axis=None)
        assert not table.geometry.is_empty.any()
        assert table.is_valid.all()


def test_the_recorded_resto_table_has_the_recorded_clouds(shared: Path) -> None:
    features = recorded(shared, "data/catalogue/cdse_resto/hls_resto_10.json")["features"]
    scenes = scenes_of([resto_feature.product_of(each) for each in features], QUERY)
    assert scenes["cloud_cover"].min() == 2.504
    assert scenes["cloud_cover"].max() == 100
    bounds = [-158.46378, -82.481194, 124.380537, 21.699014]
    np.testing.assert_allclose(scenes.total_bounds, bounds, atol=1e-6)
