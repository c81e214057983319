"""Addresses and numbers become identifiers: all of them right where they must be, whatever can be read elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.core.members import EMAIL, PHONE, Identifier, Profile
from guerdon.core.refusals import ProfileInvalid
from guerdon.engine import contacts


@pytest.mark.parametrize(
    ("profile", "found"),
    [
        (Profile(), ()),
        (Profile(email="Mira.K@Example.com"), (Identifier(EMAIL, "Mira.K@example.com"),)),
        (Profile(phone="+15551234567"), (Identifier(PHONE, "+15551234567"),)),
        (
            Profile(email="mira@example.com", phone="+43 660 1234567"),
            (Identifier(EMAIL, "mira@example.com"), Identifier(PHONE, "+436601234567")),
        ),
    ],
)
def test_what_is_recognised(profile: Profile, found: tuple[Identifier, ...]) -> None:
    """A number may be written with spaces; what is kept is its one plain form."""
    assert contacts.recognised(profile) == found


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (Profile(email="mira"), "email"),
        (Profile(email="mira@"), "email"),
        (Profile(email=""), "email"),
        (Profile(phone="0660 1234567"), "phone"),
        (Profile(phone="+43 660 1234567"), "phone"),
        (Profile(phone="+0123456789"), "phone"),
        (Profile(phone="+1"), "phone"),
        (Profile(phone=""), "phone"),
        (Profile(date_of_birth="2.7.1990"), "date_of_birth"),
        (Profile(date_of_birth="1990-02-30"), "date_of_birth"),
    ],
)
def test_what_must_be_right_and_is_not(profile: Profile, field: str) -> None:
    """It is named by its field; as free text, only the date must still be one."""
    with pytest.raises(ProfileInvalid) as refused:
        contacts.checked(profile)
    assert refused.value.field == field
    if field != "date_of_birth":
        assert contacts.recognised(profile) in {(), (Identifier(PHONE, "+436601234567"),)}
    else:
        with pytest.raises(ProfileInvalid):
            contacts.recognised(profile)


def test_nobody_is_born_tomorrow() -> None:
    """A day is ahead as long as it has begun nowhere; what was taken before is let be."""
    now = datetime(2026, 7, 1, 9, 59, tzinfo=UTC)
    contacts.check_born(Profile(date_of_birth="2026-07-01T23:00:00Z"), now)
    contacts.check_born(Profile(date_of_birth="2026-07-02"), now + timedelta(minutes=1))
    tomorrow = Profile(date_of_birth="2026-07-02")
    contacts.check_born(tomorrow, now, before=tomorrow)
    with pytest.raises(ProfileInvalid) as refused:
        contacts.check_born(tomorrow, now)
    assert (refused.value.field, refused.value.reason) == ("date_of_birth", "lies ahead")


def test_a_date_time_is_a_birthday_too() -> None:
    """Vendors send one for the other."""
    assert contacts.checked(Profile(date_of_birth="1990-07-02T00:00:00.000+02:00")) == ()


@given(st.integers(2_000_000_000, 9_999_999_999).map(lambda number: f"+1{number}"))
def test_a_strict_number_is_kept_as_it_is(phone: str) -> None:
    """E.164 in, E.164 out: else the same person would be two."""
    try:
        found = contacts.checked(Profile(phone=phone))
    except ProfileInvalid:
        return
    assert found == (Identifier(PHONE, phone),)


@given(st.text(max_size=40), st.text(max_size=40))
def test_free_text_is_never_refused(email: str, phone: str) -> None:
    """People write `ask at the desk` into such fields, and enrol all the same."""
    for identifier in contacts.recognised(Profile(email=email, phone=phone)):
        assert identifier.namespace in {EMAIL, PHONE}
        assert identifier.value
