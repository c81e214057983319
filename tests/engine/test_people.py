"""A person is made once per email address, changed field by field, and found by what is said of it."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from conftest import NOW, Shop
from guerdon.core.members import EMAIL, PHONE, Identifier, Member, MemberFilter, Profile
from guerdon.core.refusals import CursorNotFound, IdentifierTaken, MemberNotFound, ProfileInvalid
from guerdon.engine import Engine, changing, enrolling, finding, merging, people, reading
from guerdon.engine.changing import Leaving
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.people import Person


def mail() -> str:
    """An address of this test's own."""
    return f"{uuid.uuid4()}@example.org"


async def add(engine: Engine, shop: Shop, *, overwrite: bool = False, **profile: str) -> Member:
    """Somebody, with a note of the surface's own."""
    person = Person(profile=Profile(**profile), details={"note": profile.get("last_name", "")})
    return await people.add(engine, shop.caller, NOW, person, overwrite=overwrite)


async def test_an_address_is_one_person(engine: Engine, shop: Shop) -> None:
    """Refused, or written over: what is not said anew is kept."""
    email = mail()
    made = await add(engine, shop, email=email, first_name="Ada", last_name="One")
    with pytest.raises(IdentifierTaken):
        await add(engine, shop, email=email.upper(), last_name="Two")
    again = await add(engine, shop, overwrite=True, email=email, last_name="Two")
    assert again.id == made.id
    assert (again.profile.first_name, again.profile.last_name) == ("Ada", "Two")
    assert again.details == {shop.caller.surface: {"note": "Two"}}
    assert (made.changed_at, again.changed_at) == (None, NOW)
    with pytest.raises(ProfileInvalid):
        await add(engine, shop, email="nowhere")


async def test_names_follow_the_profile(engine: Engine, shop: Shop) -> None:
    """The old address finds nobody any more; a full name that was put together elsewhere does not outlive its parts."""
    old, new = mail(), mail()
    made = await add(engine, shop, email=old, full_name="Ada Old", last_name="Old", phone="+31201234567")
    change = Person(profile=Profile(email=new, last_name="New"))
    changed = await people.update(engine, shop.caller, NOW, made.id, change)
    assert (changed.profile.full_name, changed.profile.phone) == (None, "+31201234567")
    assert await finding.member(engine, shop.caller, [Identifier(EMAIL, new)]) == made.id
    assert await finding.member(engine, shop.caller, [Identifier(PHONE, "+31201234567")]) == made.id
    with pytest.raises(MemberNotFound):
        await finding.member(engine, shop.caller, [Identifier(EMAIL, old)])
    assert changed.details == made.details


async def test_nothing_of_another_persons_is_taken(engine: Engine, shop: Shop) -> None:
    """An address that is somebody's stays; one who has gone up in another is not changed."""
    one, two = await add(engine, shop, email=mail()), await add(engine, shop, email=mail())
    with pytest.raises(IdentifierTaken):
        await people.update(
            engine, shop.caller, NOW, one.id, Person(profile=Profile(email=two.profile.email, last_name="x"))
        )
    assert (await reading.member(engine, shop.caller, one.id)).profile == one.profile
    await merging.merge(engine, shop.caller, into_id=one.id, from_id=two.id)
    for gone in (two.id, uuid.uuid4()):
        with pytest.raises(MemberNotFound):
            await people.update(engine, shop.caller, NOW, gone, Person(profile=Profile(last_name="x")))


async def test_pages_show_members_as_they_are(engine: Engine, shop: Shop) -> None:
    """Newest first; those who have gone up in others only where they are wanted."""
    one, two, three = [await add(engine, shop, last_name=f"P{n}") for n in range(3)]
    await merging.merge(engine, shop.caller, into_id=one.id, from_id=three.id)

    async def page(cursor: uuid.UUID | None = None, limit: int = 9, **filters: object) -> list[uuid.UUID]:
        wanted = MemberFilter(**filters)  # type: ignore[arg-type]
        return [m.id for m in await people.page(engine, shop.caller, wanted, cursor=cursor, limit=limit)]

    assert await page() == [two.id, one.id]
    assert await page(merged=True) == [three.id, two.id, one.id]
    assert await page(active=False, merged=True) == [three.id]
    assert await page(limit=1) == [two.id]
    assert await page(cursor=three.id) == [two.id, one.id]
    assert await page(cursor=two.id) == [one.id]
    assert await page(details=[{shop.caller.surface: {"note": "P1"}}, {"other": {}}]) == [two.id]
    with pytest.raises(CursorNotFound):
        await page(cursor=uuid.uuid4())


async def nobody(engine: Engine, shop: Shop, **profile: str) -> Member:
    """A kiosk that has a name, as a person may."""
    ask = Enrolment(
        caller=shop.caller, at=NOW, profile=Profile(**profile), namespace="test.kiosk", strict=False, is_anonymous=True
    )
    return await enrolling.register(engine, ask)


async def test_only_persons_are_listed(engine: Engine, shop: Shop) -> None:
    """Not a kiosk, by whatever it is looked for, and not one who has left and of whom nothing is known any more."""
    email = mail()
    kiosk = await nobody(engine, shop, first_name="Ada", full_name="Ada Door", last_name="Door", email=email)
    one = await add(engine, shop, first_name="Ada", last_name="Door")
    for wanted in (
        MemberFilter(first_names=["Ada"]),
        MemberFilter(ids=[kiosk.id, one.id]),
        MemberFilter(merged=True),
        MemberFilter(created=(NOW, None)),
    ):
        assert await people.page(engine, shop.caller, wanted, cursor=None, limit=9) == [one]
    assert await people.page(engine, shop.caller, MemberFilter(emails=[email]), cursor=None, limit=9) == []
    for prefix in ("ada", "door", "ada door"):
        assert kiosk.id not in [m.id for m in await people.named(engine, shop.caller, prefix, limit=9)]
    assert await people.named(engine, shop.caller, "ada", limit=9) == [one]


async def test_a_filter_by_name_wants_it_as_it_is_written(engine: Engine, shop: Shop) -> None:
    """Capitals count, though those that differ by capitals are looked at."""
    one = await add(engine, shop, first_name="Zoë", last_name="Van Dam")
    other = await add(engine, shop, first_name="ZOË", last_name="van Dam")
    for wanted, found in (
        (MemberFilter(first_names=["Zoë", "nobody"]), [one]),
        (MemberFilter(first_names=["ZOË"]), [other]),
        (MemberFilter(first_names=["ZOË", "Zoë"]), [other, one]),
        (MemberFilter(first_names=["zoë"]), []),
        (MemberFilter(last_names=["Van Dam"]), [one]),
        (MemberFilter(first_names=["Zoë"], last_names=["van Dam"]), []),
    ):
        assert await people.page(engine, shop.caller, wanted, cursor=None, limit=9) == found


async def leave(engine: Engine, shop: Shop, member: Member, at: datetime) -> None:
    """Out of the program, and the surface."""
    ask = Leaving(caller=shop.caller, at=at, member_id=member.id, program_id=shop.program.id, namespace="test.customer")
    await changing.leave(engine, ask)


async def test_what_is_forgotten_is_forgotten_whole(engine: Engine, shop: Shop) -> None:
    """With the details, and on no list; who has gone up in such a one is on none either."""
    one, two = [await customer(engine, shop) for _ in range(2)]
    bare = await customer(engine, shop, profile=Profile())
    person = Person(profile=Profile(last_name="Said"), details={"note": "private"})
    await people.update(engine, shop.caller, NOW, one.id, person)
    await merging.merge(engine, shop.caller, into_id=one.id, from_id=two.id)
    every = MemberFilter(merged=True)
    assert [m.id for m in await people.page(engine, shop.caller, every, cursor=None, limit=9)] == [
        bare.id,
        two.id,
        one.id,
    ], "also one of whom nothing is known, but who has a name"
    later = NOW + timedelta(days=1)
    await leave(engine, shop, one, later)
    left = await reading.member(engine, shop.caller, one.id)
    assert (left.profile, left.details, left.changed_at) == (Profile(), {}, later)
    assert [m.id for m in await people.page(engine, shop.caller, every, cursor=None, limit=9)] == [bare.id]


async def test_whom_another_surface_says_something_of_is_not_forgotten(engine: Engine, shop: Shop) -> None:
    """Only the membership and the name in the surface end."""
    one = await customer(engine, shop)
    other = replace(shop.caller, surface="other")
    changed = await people.update(
        engine, other, NOW, one.id, Person(profile=Profile(last_name="Said"), details={"note": "N"})
    )
    await leave(engine, shop, one, NOW)
    left = await reading.member(engine, shop.caller, one.id)
    assert (left.profile, left.details) == (changed.profile, {"other": {"note": "N"}})


async def customer(engine: Engine, shop: Shop, profile: Profile | None = None) -> Member:
    """Somebody of the surface, in its program."""
    profile = Profile(email=mail(), last_name="Known") if profile is None else profile
    ask = Enrolment(caller=shop.caller, at=NOW, profile=profile, namespace="test.customer", program_id=shop.program.id)
    return (await enrolling.enrol(engine, ask)).member


async def test_names_are_found_by_their_beginning(engine: Engine, shop: Shop) -> None:
    """In any case; what would be a pattern is a text."""
    one = await add(engine, shop, first_name="Åsa", last_name="100%_\\x")
    two = await add(engine, shop, full_name="Åsa Berg")

    async def found(prefix: str) -> list[uuid.UUID]:
        return [m.id for m in await people.named(engine, shop.caller, prefix, limit=9)]

    three = await add(engine, shop, first_name="İpek")
    assert await found("åS") == [two.id, one.id]
    assert await found("İp") == [three.id]
    assert await found("100%_\\") == [one.id]
    assert await found("%") == await found("berg") == []
