"""Presets: periods that people ask for most, as first and last day."""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["presets"]


def presets(today: date) -> dict[str, tuple[str, str]]:
    """Give first and last day, as the form writes them, by what a person calls the period.

    Summer and winter are those of the northern hemisphere, with their months named for the southern one's people.
    """
    year = today.year
    summer = year if today.month >= 6 else year - 1
    winter = year if today.month == 12 else year - 1
    return {
        "Last 7 days": (str(today - timedelta(days=7)), str(today)),
        "Last 30 days": (str(today - timedelta(days=30)), str(today)),
        "Last 90 days": (str(today - timedelta(days=90)), str(today)),
        f"Summer {summer} (June to August)": (f"{summer}-06-01", f"{summer}-08-31"),
        f"Winter {winter}/{(winter + 1) % 100:02} (December to February)": (
            f"{winter}-12-01",
            str(date(winter + 1, 3, 1) - timedelta(days=1)),
        ),
        f"This year ({year})": (f"{year}-01-01", str(today)),
        f"Last year ({year - 1})": (f"{year - 1}-01-01", f"{year - 1}-12-31"),
        "Any time": ("", ""),
    }
