"""Pictures from outside: read whole and small, or refused with a sentence."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from s2dl.errors import BadAnswer
from s2dl.previews.quicklook import open_picture


def encoded(form: str, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 50).convert(mode).save(out, form)
    return out.getvalue()


WHOLE = [encoded("JPEG"), encoded("PNG"), encoded("PNG", "P"), encoded("PNG", "RGBA"), encoded("PNG", "I;16")]


@pytest.mark.parametrize("content", WHOLE)
def test_jpeg_and_png_of_any_kind_become_rgb(content: bytes) -> None:
    picture = open_picture("product", content)
    assert (picture.mode, picture.size) == ("RGB", (64, 48))


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@given(
    content=st.sampled_from(WHOLE),
    cut=st.integers(0, 5_000),
    changes=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), max_size=8),
)
def test_whatever_comes_is_a_picture_or_a_bad_answer(content: bytes, cut: int, changes: list[tuple[int, int]]) -> None:
    spoilt = bytearray(content[: len(content) - cut] if cut % 3 == 0 else content)
    for position, value in changes:
        if position < len(spoilt):
            spoilt[position] = value
    try:
        picture = open_picture("product", bytes(spoilt))
    except BadAnswer as error:
        assert str(error).startswith("product: ")  # noqa: PT017 - either outcome is right
    else:
        assert picture.mode == "RGB"
        assert picture.width * picture.height <= 4_000_000
        assert len(picture.tobytes()) == 3 * picture.width * picture.height


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(form: str) -> None:
    with pytest.raises(BadAnswer, match="not a picture"):
        open_picture("product", encoded(form))
