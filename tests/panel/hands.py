"""What a person does with the panel, and where they look, in a page of any front end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from .lab import PATIENCE


def draw_rectangle(page: Page) -> None:
    page.locator(".leaflet-draw-draw-rectangle").click()
    x, y = middle_of_map(page)
    page.mouse.move(x - 20, y - 15)
    page.mouse.down()
    page.mouse.move(x, y, steps=4)
    page.mouse.move(x + 20, y + 15)
    page.mouse.up()


def middle_of_map(page: Page) -> tuple[float, float]:
    """Where the drawn rectangle lies on the screen."""
    leaflet = page.locator(".leaflet-container")
    leaflet.scroll_into_view_if_needed()
    box = leaflet.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def button(page: Page | Locator, name: str) -> Locator:
    # Before the name stands its icon, a character of the icons' font.
    return page.get_by_role("button", name=re.compile(rf"\W?\s*{name}$"))


def status(page: Page) -> Locator:
    return page.locator(".s2dl-status [role=status]")


def summary(page: Page) -> Locator:
    return page.locator(".s2dl-words .s2dl-summary")


def tab(page: Page, name: str) -> Locator:
    return page.locator(".s2dl-tabs").get_by_role("tab", name=name)


def rows(page: Page) -> Locator:
    return page.locator(".s2dl-table-body [role=row]")


def wait_until_found(page: Page) -> None:
    """Wait until a search has ended, and its rows stand in the table, where keys and clicks find them."""
    expect(status(page)).to_contain_text("Found")
    expect(summary(page)).to_contain_text("none selected")
    expect(rows(page).first).to_be_visible()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait for what the page does not show."""
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
