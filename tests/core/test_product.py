"""What a product's name says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.product import Product, parse_name

NAME = "S2A_MSIL1C_20200808T010311_N0500_R045_T54PXA_20230413T212505.SAFE"


@pytest.mark.parametrize("name", [NAME, NAME.removesuffix(".SAFE"), NAME.replace(".SAFE", "_COG.SAFE")])
def test_a_compact_name(name: str) -> None:
    parts = parse_name(name)
    assert parts is not None
    assert parts.platform == "S2A"
    assert parts.product_type == "S2MSI1C"
    assert parts.sensing_start == datetime(2020, 8, 8, 1, 3, 11, tzinfo=UTC)
    assert parts.baseline == "05.00"
    assert parts.relative_orbit == 45
    assert parts.tile == "54PXA"
    assert parts.discriminator == "20230413T212505"


@pytest.mark.parametrize(("level", "product_type"), [("L1C", "S2MSI1C"), ("L2A", "S2MSI2A"), ("L2Ap", "S2MSI2Ap")])
def test_levels(level: str, product_type: str) -> None:
    parts = parse_name(NAME.replace("L1C", level))
    assert parts is not None
    assert parts.product_type == product_type


@pytest.mark.parametrize(
    "name",
    [
        "",
        "S1A_IW_GRDH_1SDV_20200808T010311",
        "S2A_OPER_PRD_MSIL1C_PDMC_20160101T000000_R045_V20160101T000000_20160101T000000.SAFE",
        NAME.replace("20200808", "20201308"),
        NAME.replace("_R045", ""),
        f"../{NAME}",
        f"{NAME}\n",
        f"{NAME}.zip",
    ],
)
def test_other_names_say_nothing(name: str) -> None:
    assert parse_name(name) is None


@given(st.text(max_size=90))
def test_no_text_is_too_strange(text: str) -> None:
    parts = parse_name(text)
    assert parts is None or text.startswith(parts.platform)


def test_what_a_catalogue_does_not_say_is_unknown() -> None:
    product = Product(id="1", name=NAME)
    assert product.online
    assert product.size == 0
    assert (product.md5, product.cloud_cover, product.footprint) == (None, None, None)
