"""Identifiers are compared in their canonical form; a profile takes newer details and forgets none."""

import pytest

from guerdon.core.members import EMAIL, PHONE, Identifier, Profile


@pytest.mark.parametrize(
    ("namespace", "value", "canonical"),
    [
        (EMAIL, "Mira.K@Example.COM", "mira.k@example.com"),
        (EMAIL, "STRASSE@example.com", "strasse@example.com"),
        ("shop.username", "Mira.K", "mira.k"),
        (PHONE, "+15551234567", "+15551234567"),
        ("card", "AbC-1", "AbC-1"),
        ("username.card", "AbC", "AbC"),
    ],
)
def test_what_is_compared_without_case(namespace: str, value: str, canonical: str) -> None:
    """People type addresses and user names in any case; card numbers are what is printed on the card."""
    assert Identifier(namespace, value).canonical == canonical


def test_newer_details_win_and_unknown_ones_change_nothing() -> None:
    """A till that knows only the phone number must not wipe the name."""
    known = Profile(first_name="Mira", email="mira@example.com", city="Graz")
    updated = known.updated(Profile(phone="+15551234567", city="Wien"))
    assert updated == Profile(first_name="Mira", email="mira@example.com", city="Wien", phone="+15551234567")
    assert known.city == "Graz"


def test_an_empty_text_is_known() -> None:
    """A detail can be taken back by writing nothing in its place."""
    assert Profile(city="Graz").updated(Profile(city="")).city == ""


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        (Profile(first_name="Mira", last_name="Kaya"), "Mira Kaya"),
        (Profile(first_name="Mira"), "Mira"),
        (Profile(last_name="Kaya"), "Kaya"),
        (Profile(first_name="Mira", full_name="Dr. Mira Kaya"), "Dr. Mira Kaya"),
        (Profile(first_name="", last_name=""), None),
        (Profile(), None),
    ],
)
def test_the_name_to_show(profile: Profile, shown: str | None) -> None:
    """The full name as given, else put together from what is known."""
    assert profile.display_name == shown
