"""The tree of errors, and the exit codes of the command line."""

from __future__ import annotations

import pytest

from s2dl import errors


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("S2dlError", 1),
        ("BadInput", 2),
        ("BadRegion", 2),
        ("LoginError", 3),
        ("LoginMissing", 3),
        ("LoginRefused", 3),
        ("KeyringUnusable", 3),
        ("ServiceError", 4),
        ("ServiceUnreachable", 4),
        ("BadAnswer", 4),
        ("ServiceOff", 4),
        ("InUse", 5),
        ("TransferError", 1),
        ("Incomplete", 1),
        ("ChecksumMismatch", 1),
        ("DiskError", 1),
    ],
)
def test_each_error_is_an_s2dl_error_with_its_exit_code(name: str, code: int) -> None:
    error = getattr(errors, name)
    assert name in errors.__all__
    assert issubclass(error, errors.S2dlError)
    assert error.exit_code == code


def test_all_errors_are_in_the_list_above() -> None:
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert {name for name in classes if issubclass(getattr(errors, name), Exception)} == set(errors.__all__)


def test_bad_input_is_a_value_error_for_those_who_know_only_python() -> None:
    assert issubclass(errors.BadInput, ValueError)


def test_a_service_error_carries_what_support_asks_for() -> None:
    error = errors.BadAnswer("No.", status=429, code="DAT-ZIP-100", request_id="abc", retry_after=3.0)
    assert str(error) == "No."
    assert (error.status, error.code, error.request_id, error.retry_after) == (429, "DAT-ZIP-100", "abc", 3.0)
