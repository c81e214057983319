"""Authorize, Confirm and Cancel: in which order a request is looked at, what repeats do, and how a hold may end."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest

from guerdon.core.commands import Capture, Hold, Void
from guerdon.core.points import plain
from guerdon.demo import tenant
from guerdon.engine import Engine, posting
from surfaces.counterpoint.tills import CALLER, REQUIRED, Customer, Till, customer_elsewhere, new_customer, refused

NO_BALANCE, NOT_ENROLLED, WRONG_TYPE = "No Balance Remaining", "Not enrolled in Loyalty", "Type is not valid"


def test_the_answer_is_the_request_and_a_code(customer: Customer) -> None:
    """The members that were sent, in their order, and the code last."""
    customer.earned(500)
    answer = customer.authorize("W-5-2231", 300).json()
    assert list(answer) == ["Type", "Ref", "SaleId", "RequestedPoints", "AuthCode"]
    code = answer.pop("AuthCode")
    assert re.fullmatch("L[0-9A-F]{32}", code)
    assert answer == {"Type": "loyalty", "Ref": customer.number, "SaleId": "W-5-2231", "RequestedPoints": 300}
    assert (customer.figures(), customer.pending()) == ((500, 300, 200), [("W-5-2231", 300)])


# --- the order of the checks

LACKING: tuple[dict[str, Any], ...] = (
    {"Type": None},
    {"Type": ""},
    {"Type": " "},
    {"Ref": None},
    {"Ref": ""},
    {"Ref": " "},
    {"SaleId": None},
    {"SaleId": ""},
    {"SaleId": "\t"},
    {"RequestedPoints": None},
    {"RequestedPoints": 0},
    {"RequestedPoints": -1},
    {"RequestedPoints": None, "RequestedAmount": 0},
    {"RequestedPoints": None, "RequestedAmount": Decimal("-0.01")},
    {"RequestedPoints": 0, "RequestedAmount": 0},
    {"RequestedPoints": 5, "RequestedAmount": -1},
    {"RequestedPoints": -5, "RequestedAmount": 1},
)


@pytest.mark.parametrize("lacking", LACKING, ids=str)
def test_what_is_required_comes_first(till: Till, customer: Customer, lacking: dict[str, Any]) -> None:
    """Before a wrong type, an unknown customer and an empty balance; left out or null makes no difference."""
    good = {"Type": "loyalty", "Ref": customer.number, "SaleId": "S-1", "RequestedPoints": 10}
    for wrong in ({}, {"Type": "giftcard"}, {"Ref": "NOBODY"}, {"Type": "giftcard", "Ref": "NOBODY"}):
        body = {**good, **wrong, **lacking}
        refused(till.post("/Loyalty/Authorize", **body), 400, REQUIRED)
        left_out = {name: value for name, value in body.items() if value is not None}
        refused(till.post("/Loyalty/Authorize", **left_out), 400, REQUIRED)


@pytest.mark.parametrize(
    "kind", ["giftcard", "storecredit", "loyalt", "loyalty ", "loyaltyy", "loyalty\u0000", 5, True, []]
)
def test_the_type_comes_second(till: Till, customer: Customer, kind: object) -> None:
    """Before who it is for, and whether there are points."""
    for number in (customer.number, "NOBODY", tenant.NOT_ENROLLED_CUSTOMER):
        refused(till.authorize(number, "S-1", 10, Type=kind), 400, WRONG_TYPE)


def test_enrolment_comes_third_and_the_balance_last(till: Till, customer: Customer) -> None:
    """A customer without a membership never has a balance: the other way round it would go unsaid."""
    for number in ("NOBODY", tenant.NOT_ENROLLED_CUSTOMER):
        refused(till.authorize(number, "S-1", 2**31 - 1), 400, NOT_ENROLLED)
        refused(till.authorize(number, "S-1", RequestedAmount=1), 400, NOT_ENROLLED)
    refused(customer.authorize("S-1", 1), 400, NO_BALANCE)
    refused(customer.authorize("S-1", RequestedAmount=Decimal("0.001")), 400, NO_BALANCE)


def test_all_that_is_asked_for_or_nothing(customer: Customer) -> None:
    """Never cut to what there is: a client that reads only the status would give the whole discount."""
    customer.earned(10)
    refused(customer.authorize("S-1", 11), 400, NO_BALANCE)
    customer.authorized("S-1", 10)
    refused(customer.authorize("S-2", 1), 400, NO_BALANCE)
    assert customer.figures() == (10, 10, 0)


@pytest.mark.parametrize("length", [1, 15, 255])
def test_sales_of_any_sensible_length(customer: Customer, length: int) -> None:
    """Counted in characters, not in bytes."""
    customer.earned(10)
    for sale in ("s" * length, "é" * length):
        code = customer.authorized(sale, 5)
        assert customer.pending() == [(sale, 5)]
        customer.finished("Cancel", code)


def test_a_sale_that_is_too_long(customer: Customer) -> None:
    """Not cut: two sales would become one."""
    customer.earned(10)
    refused(customer.authorize("s" * 256, 5), 400, REQUIRED)
    assert customer.pending() == []


# --- money


@pytest.mark.parametrize(
    ("amount", "points"),
    [
        ("1", 100),
        ("0.01", 1),
        ("0.001", 1),
        ("0.101", 11),
        ("3.00", 300),
        ("2.999", 300),
        ("1E+1", 1000),
        ("1.00000000000000000000000000000000000001", 101),
    ],
)
def test_money_is_turned_into_points_rounded_up(customer: Customer, amount: str, points: int) -> None:
    """At the program's 100 points for one; both figures come back, the money in its shortest form."""
    customer.earned(1000)
    answer = customer.authorize("S-1", RequestedAmount=Decimal(amount))
    assert list(answer.json()) == ["Type", "Ref", "SaleId", "RequestedPoints", "RequestedAmount", "AuthCode"]
    assert answer.json()["RequestedPoints"] == points
    assert f'"RequestedAmount":{plain(Decimal(amount))},' in answer.text
    assert customer.pending() == [("S-1", points)]


def test_points_win_over_money(customer: Customer) -> None:
    """Both come back; a 0 counts as left out, whichever of the two it is."""
    customer.earned(1000)
    for points, amount, held in ((7, Decimal("9.99"), 7), (7, 0, 7), (0, Decimal("0.05"), 5), (7, None, 7)):
        answer = customer.authorize("S-1", points, RequestedAmount=amount).json()
        assert answer["RequestedPoints"] == held
        assert answer.get("RequestedAmount") == (None if amount is None else float(amount))
        assert customer.pending() == [("S-1", held)]


def test_more_money_than_the_ledger_has_room_for(customer: Customer) -> None:
    """An amount all right, only nobody has that many points; beyond 20 digits it is none."""
    refused(customer.authorize("S-1", RequestedAmount=10**19), 400, NO_BALANCE)
    refused(customer.authorize("S-1", RequestedAmount=10**20), 400, REQUIRED)


async def test_a_program_without_a_rate(engine: Engine, till: Till) -> None:
    """Points can be held; money cannot, so that the other of the two figures is what is required."""
    customer = await customer_elsewhere(engine, till, points_per_unit=None)
    customer.earned(100)
    refused(customer.authorize("S-1", RequestedAmount=1), 400, REQUIRED)
    refused(customer.authorize("S-1", 0, RequestedAmount=1), 400, REQUIRED)
    assert customer.authorize("S-1", 40, RequestedAmount=1).json()["RequestedPoints"] == 40
    assert customer.figures() == (100, 40, 60)


async def test_a_rate_of_many_digits(engine: Engine, till: Till) -> None:
    """The product is rounded once, up."""
    customer = await customer_elsewhere(engine, till, points_per_unit=Decimal("33.333333333333333333333333333333333"))
    customer.earned(1000)
    for amount, points in (("3", 100), ("3.000000000000000000000000000000000031", 101), ("0.03", 1)):
        assert customer.authorize("S-1", RequestedAmount=Decimal(amount)).json()["RequestedPoints"] == points


# --- repeats


def test_the_same_again_is_the_same_hold(customer: Customer) -> None:
    """A checkout that tries again gets its code again; the type's case and money for points do not matter."""
    customer.earned(100)
    code = customer.authorized("S-1", 40)
    assert customer.authorized("S-1", 40) == code
    assert customer.authorized("S-1", 40, Type="LOYALTY") == code
    assert customer.authorized("S-1", RequestedAmount=Decimal("0.4")) == code
    assert (customer.figures(), customer.pending()) == ((100, 40, 60), [("S-1", 40)])
    customer.finished("Cancel", code)
    again = customer.authorized("S-1", 40)
    assert again != code
    customer.finished("Confirm", again)
    third = customer.authorized("S-1", 40)
    assert len({code, again, third}) == 3
    assert customer.figures() == (60, 40, 20)


def test_other_points_replace_the_hold(customer: Customer) -> None:
    """In one step, with the points of the first counting as free; its code is then that of a cancelled one."""
    customer.earned(100)
    old = customer.authorized("S-1", 60)
    new = customer.authorized("S-1", 100)
    assert new != old
    assert (customer.figures(), customer.pending()) == ((100, 100, 0), [("S-1", 100)])
    refused(customer.finish("Confirm", old), 400, "Bad Request")
    customer.finished("Cancel", old)
    assert customer.pending() == [("S-1", 100)]
    refused(customer.authorize("S-1", 101), 400, NO_BALANCE)
    assert customer.pending() == [("S-1", 100)], "refused, and the first one stays"
    smaller = customer.authorized("S-1", 1)
    assert customer.figures() == (100, 1, 99)
    customer.finished("Confirm", smaller)
    assert customer.figures() == (99, 0, 99)


async def test_one_sale_of_two_customers_is_two(engine: Engine, till: Till, customer: Customer) -> None:
    """And a code is good for its customer only."""
    other = await new_customer(engine, till)
    codes = []
    for one in (customer, other):
        one.earned(50)
        codes.append(one.authorized("S-1", 20))
    assert codes[0] != codes[1]
    refused(customer.finish("Confirm", codes[1]), 404, "Id not found")
    refused(other.finish("Cancel", codes[0]), 404, "Id not found")
    customer.finished("Confirm", codes[0])
    assert (customer.figures(), other.figures()) == ((30, 0, 30), (50, 20, 30))


def test_a_sale_is_matched_exactly(customer: Customer) -> None:
    """Case and blanks count."""
    customer.earned(50)
    for sale in ("S-1", "s-1", "S-1 ", " S-1"):
        customer.authorized(sale, 5)
    assert customer.figures() == (50, 20, 30)


def test_a_key_has_one_effect(customer: Customer) -> None:
    """Also after the hold has ended: the first answer again, and no new hold."""
    customer.earned(100)
    key = str(uuid.uuid4())
    first = customer.authorize("S-1", 30, key).text
    customer.finished("Cancel", customer.authorized("S-1", 30, key))
    assert customer.authorize("S-1", 30, key).text == first
    assert customer.figures() == (100, 0, 100)
    for sale, points in (("S-2", 30), ("S-1", 31)):
        refused(customer.authorize(sale, points, key), 400, "Bad Request")
    for long in ("k" * 256, "k" * 5_000):
        refused(customer.authorize("S-1", 30, long), 400, "Bad Request")
    other = str(uuid.uuid4())
    refused(customer.authorize("S-3", 101, other), 400, NO_BALANCE)
    customer.earned(1)
    refused(customer.authorize("S-3", 101, other), 400, NO_BALANCE)
    assert customer.figures() == (101, 0, 101)


@pytest.mark.parametrize("verb", ["Confirm", "Cancel"])
def test_a_key_finishes_once(customer: Customer, verb: str) -> None:
    """Its repeat is answered alike, and for another hold it is refused."""
    customer.earned(100)
    one, two = customer.authorized("S-1", 30), customer.authorized("S-2", 20)
    key = str(uuid.uuid4())
    for _ in range(2):
        customer.finished(verb, one, key)
    refused(customer.finish(verb, two, key), 400, "Bad Request")
    assert customer.pending() == [("S-2", 20)]


# --- what becomes of a hold


def test_confirm_spends(customer: Customer) -> None:
    """Balance and holds fall by the same points, what is available stays; again changes nothing."""
    customer.earned(860)
    code = customer.authorized("S-1", 300)
    assert customer.figures() == (860, 300, 560)
    for _ in range(3):
        customer.finished("Confirm", code)
        assert (customer.figures(), customer.pending()) == ((560, 0, 560), [])
    refused(customer.finish("Cancel", code), 400, "Bad Request")
    assert customer.figures() == (560, 0, 560)
    assert [row["PointAmount"] for row in customer.loyalty()["History"]] == [860, -300]


def test_cancel_frees(customer: Customer) -> None:
    """Holds fall and the balance stays; again changes nothing, and no row tells of it."""
    customer.earned(860)
    code = customer.authorized("S-1", 300)
    for _ in range(3):
        customer.finished("Cancel", code)
        assert (customer.figures(), customer.pending()) == ((860, 0, 860), [])
    refused(customer.finish("Confirm", code), 400, "Bad Request")
    assert [row["PointAmount"] for row in customer.loyalty()["History"]] == [860]


@pytest.mark.parametrize("verb", ["Confirm", "Cancel"])
def test_codes_that_nobody_was_given(customer: Customer, till: Till, verb: str) -> None:
    """One answer for every reason, so that codes cannot be told by trying."""
    customer.earned(10)
    code = customer.authorized("S-1", 10)
    strange = ("x", "L", code[1:], "G" + code[1:], code + "0", code[:-1], f" {code}", f"L{uuid.uuid4()}"[:33])
    for wrong in (*strange, "L" + "0" * 32, "L" + uuid.uuid4().hex.upper(), "L" + "_" * 32, "x" * 10_000):
        refused(customer.finish(verb, wrong), 404, "Id not found")
    for number in ("NOBODY", tenant.CUSTOMER, tenant.NOT_ENROLLED_CUSTOMER, "S-1"):
        refused(till.finish(verb, number, code), 404, "Id not found")
    for body in ({}, {"Ref": customer.number}, {"AuthCode": code}, {"Ref": "", "AuthCode": code}):
        refused(till.post(f"/Authorize/{verb}", **body), 400, "Bad Request")
    for odd in (None, "", 5, True, [code], {"a": code}, code + "\0"):
        refused(till.post(f"/Authorize/{verb}", Ref=customer.number, AuthCode=odd), 400, "Bad Request")
    assert customer.pending() == [("S-1", 10)]


async def test_holds_of_other_surfaces(engine: Engine, customer: Customer) -> None:
    """Are shown, take from what is available, and are neither found nor replaced by a sale of the same name."""
    customer.earned(100)
    named: dict[str, Any] = {"caller": CALLER, "account_id": customer.account_id, "at": engine.clock()}
    for _ in range(2):
        hold = Hold(**named, hold_id=engine.new_id(), points=Decimal(10), reference="S-1")
        await posting.post(engine, hold)
    code = customer.authorized("S-1", 10)
    assert customer.authorized("S-1", 10) == code
    replaced = customer.authorized("S-1", 80)
    assert customer.figures() == (100, 100, 0)
    assert sorted(customer.pending()) == [("S-1", 10), ("S-1", 10), ("S-1", 80)]
    customer.finished("Cancel", replaced)
    customer.finished("Confirm", f"L{hold.hold_id.hex.upper()}")
    assert customer.figures() == (90, 10, 80)


async def test_a_hold_that_another_surface_ended_or_took_a_part_of(engine: Engine, customer: Customer) -> None:
    """Confirm takes what is left; what is over is over."""
    customer.earned(100)
    parts, voided, captured = [customer.authorized(sale, 20) for sale in ("S-1", "S-2", "S-3")]
    named: dict[str, Any] = {"caller": CALLER, "account_id": customer.account_id, "at": engine.clock()}
    ids = [uuid.UUID(code[1:]) for code in (parts, voided, captured)]
    await posting.post(engine, Capture(**named, hold_id=ids[0], points=Decimal("7.5")))
    await posting.post(engine, Void(**named, hold_id=ids[1]))
    await posting.post(engine, Capture(**named, hold_id=ids[2]))
    assert customer.figures() == (72, 12, 60)
    customer.finished("Confirm", parts)
    assert customer.figures() == (60, 0, 60)
    refused(customer.finish("Confirm", voided), 400, "Bad Request")
    customer.finished("Cancel", voided)
    customer.finished("Confirm", captured)
    refused(customer.finish("Cancel", captured), 400, "Bad Request")
    assert customer.figures() == (60, 0, 60)
