"""Earn, and how customers, paths and members are named: in any case, by number or card, and never across tenants."""

import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from guerdon.core.callers import Caller
from guerdon.demo import tenant
from guerdon.engine import Engine
from guerdon.surfaces.counterpoint import SURFACE
from guerdon.surfaces.counterpoint.mapping import CARD, CUSTOMER
from surfaces.counterpoint.tills import PENDING, Customer, Till, enrol, figures, many, new_customer, refused, together
from web.described import DESCRIPTIONS

TODAY = "%m/%d/%Y"


def test_an_earn_is_in_the_balance_at_once(customer: Customer) -> None:
    """With its reason and reference; no activity, no location, nothing pending."""
    before = datetime.now(UTC).strftime(TODAY)
    customer.earned(250, Reason="Newsletter signup", Reference="PROMO-77")
    assert customer.figures() == (250, 0, 250)
    (row,) = customer.loyalty()["History"]
    assert row.pop("Date") in {before, datetime.now(UTC).strftime(TODAY)}
    assert list(row.items()) == [("PointAmount", 250), ("Document", "PROMO-77"), ("Reason", "Newsletter signup")]


@pytest.mark.parametrize("more", [{}, {"Reason": None, "Reference": None}, {"Reason": "", "Reference": ""}])
def test_reason_and_reference_may_be_left_out(customer: Customer, more: dict[str, Any]) -> None:
    """Their members are then left out too: no null and no empty text."""
    customer.earned(1, **more)
    assert [list(row) for row in customer.loyalty()["History"]] == [["Date", "PointAmount"]]


def test_one_reference_twice_is_twice_the_points(customer: Customer) -> None:
    """Nothing promises that it is unique; who wants that sends a key."""
    for _ in range(2):
        customer.earned(10, Reason="Visit", Reference="R-1")
    assert customer.figures() == (20, 0, 20)
    assert [row["Document"] for row in customer.loyalty()["History"]] == ["R-1", "R-1"]


def test_one_key_has_one_effect(customer: Customer) -> None:
    """The same request again is answered alike; another one under the same key is refused and does nothing."""
    key = str(uuid.uuid4())
    for _ in range(3):
        customer.earned(10, key=key, Reason="Visit", Reference="R-1")
    assert customer.figures() == (10, 0, 10)
    for points, more in ((11, {}), (10, {"Reason": "Another"}), (10, {"Reference": "R-2"})):
        answer = customer.till.earn(customer.number, points, key, **{"Reason": "Visit", "Reference": "R-1", **more})
        refused(answer, 400, "Bad Request")
    assert customer.figures() == (10, 0, 10)
    customer.earned(10, key=str(uuid.uuid4()), Reason="Visit", Reference="R-1")
    assert customer.figures() == (20, 0, 20)


async def test_a_key_is_of_one_customer(customer: Customer, engine: Engine, till: Till) -> None:
    """The same points for somebody else are another request."""
    key, other = str(uuid.uuid4()), await new_customer(engine, till)
    customer.earned(10, key=key)
    refused(till.earn(other.number, 10, key), 400, "Bad Request")
    assert (customer.figures(), other.figures()) == ((10, 0, 10), (0, 0, 0))


def test_one_key_at_once_has_one_effect(customer: Customer) -> None:
    """All of the repeats are answered as if each had done it."""
    answers = many(customer.till.earn, customer.number, 7, str(uuid.uuid4()))
    assert Counter(answer.status_code for answer in answers) == {204: len(answers)}
    assert customer.figures() == (7, 0, 7)


def test_earns_at_once_all_count(customer: Customer) -> None:
    """None is lost, and the rows add up."""
    answers = many(customer.till.earn, customer.number, 3, Reference="R-1")
    assert {answer.status_code for answer in answers} == {204}
    assert customer.figures()[0] == 3 * len(answers) == 3 * len(customer.loyalty()["History"])


def test_the_largest_earn(customer: Customer) -> None:
    """Points are 32-bit integers; a balance may come to more."""
    for _ in range(2):
        customer.earned(2**31 - 1)
    assert customer.figures() == (2**32 - 2, 0, 2**32 - 2)


# --- who is meant


def test_nobody_has_the_number(till: Till) -> None:
    """Each method has its own word for it."""
    for number in ("NOBODY", "x" * 10_000, "0", "cpol-123185"):
        refused(till.earn(number, 1), 404, "CustomerNumber Not Found")
        refused(till.check(number), 404, "Id not found")
        refused(till.authorize(number, "S-1", 1), 400, "Not enrolled in Loyalty")
        for verb in ("Confirm", "Cancel"):
            refused(till.finish(verb, number, "L" + "0" * 32), 404, "Id not found")


def test_a_customer_without_a_membership(till: Till) -> None:
    """Is known, has nothing, and can neither earn nor spend."""
    number = tenant.NOT_ENROLLED_CUSTOMER
    refused(till.earn(number, 1), 400, "Bad Request")
    refused(till.authorize(number, "S-1", 1), 400, "Not enrolled in Loyalty")
    answer = till.check(number)
    loyalty = answer.json()["Loyalty"]
    assert (loyalty["Status"], figures(loyalty), loyalty["History"]) == ("inactive", (0, 0, 0), [])
    assert DESCRIPTIONS[SURFACE.name].differences(answer, SURFACE.prefix) == []
    assert loyalty["CustomerNumber"] == number
    assert "ProgramName" not in loyalty


async def test_by_number_by_card_and_by_public_number(engine: Engine, till: Till) -> None:
    """All of them are one customer, whose number is what is answered."""
    name, card = f"T-{uuid.uuid4().hex[:12]}", uuid.uuid4().hex
    member = (await enrol(engine, CARD, card, email=f"{name}@example.com")).member
    assert till.check(card).json()["Loyalty"]["CustomerNumber"] == member.number
    assert (await enrol(engine, CUSTOMER, name, email=f"{name}@example.com")).member.id == member.id
    for number in (name, card, member.number):
        assert till.earn(number, 10).status_code == 204
        code = till.authorize(number, f"S-{number}", 5).json()["AuthCode"]
        assert till.finish("Confirm", name, code).status_code == 204
    first, *others = [till.check(number).json() for number in (name, card, member.number)]
    assert others == [first, first]
    assert (first["Loyalty"]["CustomerNumber"], figures(first["Loyalty"])) == (name, (15, 0, 15))


async def test_a_customer_number_comes_before_a_public_number_and_a_card(engine: Engine, till: Till) -> None:
    """One text may be the number of one and the card of another."""
    first, second = [await new_customer(engine, till) for _ in range(2)]
    await enrol(engine, CARD, first.number)
    await enrol(engine, CUSTOMER, second.member.number)
    till.earn(first.number, 1)
    till.earn(second.member.number, 2)
    assert first.figures() == (1, 0, 1)
    assert second.figures() == (0, 0, 0)
    assert till.check(second.member.number).json()["Loyalty"]["PointBalance"] == 2


@pytest.mark.parametrize("name", ["T {} 1", "T/{}", "T-{}é", "{}?x=1", "{}#1", "{}%41", "{}+1", "BalanceCheck{}"])
async def test_numbers_are_decoded_from_the_path(engine: Engine, till: Till, name: str) -> None:
    """Whatever Counterpoint lets be a number; a slash alone cannot be told from the path's own."""
    number = name.format(uuid.uuid4().hex[:6])
    await enrol(engine, CUSTOMER, number)
    assert till.earn(number, 4).status_code == 204
    quoted = "".join(f"%{byte:02X}" for byte in number.encode())
    for path in (f"/Loyalty/{quoted}/BalanceCheck", f"/Loyalty/BalanceCheck/{quoted}"):
        answer = till.send("GET", path)
        if "/" in number:
            refused(answer, 404, "Not Found")
        else:
            assert answer.json()["Loyalty"]["CustomerNumber"] == number


def test_paths_and_names_in_any_case(customer: Customer) -> None:
    """As the vendor's framework takes them; values keep their case."""
    till, number = customer.till, customer.number
    assert till.post("/LOYALTY/earn/", customernumber=number, POINTS=50, reason="r", rEFERENCE="R").status_code == 204
    held = till.post("/loyalty/AUTHORIZE", type="LOYALTY", REF=number, saleid="s-Aa", requestedpoints=20).json()
    assert list(held) == ["Type", "Ref", "SaleId", "RequestedPoints", "AuthCode"]
    assert (held["Type"], held["SaleId"]) == ("LOYALTY", "s-Aa")
    assert till.post("/authorize/CANCEL", ref=number, authcode=held["AuthCode"]).status_code == 204
    held = till.post("/Loyalty/authorize/", TYPE="Loyalty", ref=number, SALEID="s-Bb", REQUESTEDPOINTS=20).json()
    assert till.post("/AUTHORIZE/Confirm/", REF=number, AUTHCODE=held["AuthCode"].lower()).status_code == 204
    for path in ("/loyalty/{}/balancecheck", "/LOYALTY/{}/BALANCECHECK/", "/loyalty/balancecheck/{}"):
        answer = till.send("GET", path.format(number))
        assert figures(answer.json()["Loyalty"]) == (30, 0, 30)
    refused(till.check(number.lower()), 404, "Id not found")


def test_content_type_is_not_asked_for(customer: Customer) -> None:
    """The vendor's page wants it even on a GET; nothing depends on it."""
    earn = f'{{"CustomerNumber":"{customer.number}","Points":1}}'.encode()
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", ""):
        assert customer.till.send("POST", "/Loyalty/Earn", earn, Content_Type=kind).status_code == 204
        assert customer.till.send("GET", f"/Loyalty/{customer.number}/BalanceCheck", Content_Type=kind).is_success


# --- other tenants


def test_another_tenant_sees_nothing_and_changes_nothing(customer: Customer, neighbour: Till) -> None:
    """Its token is good, and everything is as if nobody were there."""
    customer.earned(100)
    code = customer.authorized("S-1", 40)
    for number in (customer.number, customer.member.number):
        refused(neighbour.check(number), 404, "Id not found")
        refused(neighbour.earn(number, 5), 404, "CustomerNumber Not Found")
        refused(neighbour.authorize(number, "S-1", 5), 400, "Not enrolled in Loyalty")
        for verb in ("Confirm", "Cancel"):
            refused(neighbour.finish(verb, number, code), 404, "Id not found")
    assert (customer.figures(), customer.pending()) == ((100, 40, 60), [("S-1", 40)])


async def test_a_key_of_another_tenant_is_another_key(engine: Engine, customer: Customer, neighbour: Till) -> None:
    """And a number may be somebody else there."""
    caller = Caller(tenant.id_of(tenant.OTHER, "tenant"), "test", uuid.uuid4())
    await enrol(engine, CUSTOMER, customer.number, caller)
    key = str(uuid.uuid4())
    customer.earned(3, key=key)
    assert neighbour.earn(customer.number, 8, key).status_code == 204
    assert figures(neighbour.check(customer.number).json()["Loyalty"]) == (8, 0, 8)
    assert customer.figures() == (3, 0, 3)


def test_reading_while_writing_always_adds_up(customer: Customer) -> None:
    """Balance checks between earns and holds: no row without its points, no points without their row."""
    calls: list[Any] = []
    for n in range(40):
        calls.append(lambda: customer.till.earn(customer.number, 5))
        calls.append(lambda n=n: customer.authorize(f"S-{n}", 2))
        calls.append(lambda: customer.till.check(customer.number))
    for answer in together(calls)[2::3]:
        loyalty = answer.json()["Loyalty"]
        posted = sum(row["PointAmount"] for row in loyalty["History"] if row.get("Activity") != PENDING)
        held = sum(row["PointAmount"] for row in loyalty["History"] if row.get("Activity") == PENDING)
        assert figures(loyalty) == (posted, held, posted - held)
        assert posted >= held
    assert customer.figures()[0] == 200
