"""Balance checks: what the figures are, which rows explain them in which window, and that all of it adds up."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from guerdon.core.commands import Adjust, Basis, Hold, Set
from guerdon.demo import client, tenant
from guerdon.engine import posting
from surfaces.counterpoint.conftest import THEN, Past
from surfaces.counterpoint.tills import (
    CALLER,
    PENDING,
    SUMMARY,
    Customer,
    Till,
    adds_up,
    backdated,
    figures,
    refused,
    rows,
)


def day(text: str) -> datetime:
    """Midnight of a day in the vendor's notation, or a moment in it."""
    return datetime.strptime(text, "%m/%d/%Y %H:%M:%S.%f" if " " in text else "%m/%d/%Y").replace(tzinfo=UTC)


def test_the_published_story(fresh_server: str, wire: httpx.Client) -> None:
    """The vendor's two writes lead to the vendor's balance check; only the two dates are today's."""
    till = Till(wire, f"{fresh_server}/counterpoint", client.facts(fresh_server)["counterpoint"]["token"])  # type: ignore[index]
    for number in (tenant.SECOND_CUSTOMER, tenant.CUSTOMER):
        assert till.earn(number, 100, Reason="Facebook Share", Reference="123456789").status_code == 204
    published: dict[str, Any] = {
        "Type": "loyalty",
        "Ref": "CPOL-123185",
        "SaleId": "WB-101-10444",
        "RequestedPoints": 1000,
    }
    authorized = till.post("/Loyalty/Authorize", **published).json()
    assert authorized.pop("AuthCode")
    assert list(authorized.items()) == list(published.items())
    loyalty = till.check(tenant.CUSTOMER).json()["Loyalty"]
    assert list(loyalty) == [
        "CustomerNumber",
        "ProgramName",
        "EarningDescription",
        "RedemptionDescription",
        "Status",
        "PointBalance",
        "OpenAuthorizations",
        "PendingPointsEarned",
        "AvailablePointBalance",
        "History",
    ]
    assert (loyalty["CustomerNumber"], loyalty["ProgramName"], loyalty["Status"]) == (
        "CPOL-123185",
        "Loyalty program 1",
        "active",
    )
    assert figures(loyalty) == (1504, 1000, 504)
    summary, earned, pending = loyalty["History"]
    assert list(summary.items()) == [("Activity", SUMMARY), ("Date", "11/29/2015"), ("PointAmount", 1404)]
    assert [*earned.items()][1:] == [("PointAmount", 100), ("Document", "123456789"), ("Reason", "Facebook Share")]
    assert list(pending) == ["Activity", "Date", "PointAmount", "Location", "Document"]
    assert (pending["PointAmount"], pending["Location"], pending["Document"]) == (1000, "Web Order", "WB-101-10444")
    assert earned["Date"] == pending["Date"] == datetime.now(UTC).strftime("%m/%d/%Y")
    second = till.check(tenant.SECOND_CUSTOMER).json()["Loyalty"]
    assert figures(second) == (100, 0, 100)
    assert [row["PointAmount"] for row in second["History"]] == [100]


async def test_the_vectors_step_by_step(past: Past) -> None:
    """Every figure and every row, after each step of a customer's life."""
    customer, clock = await past.customer(), past.clock
    await backdated(past.engine, customer, "500", day("02/01/2017"))
    await backdated(past.engine, customer, "110", day("03/14/2018"))
    summary = (SUMMARY, "03/14/2018", 610)
    assert (customer.figures(), customer.rows()) == ((610, 0, 610), [summary])
    clock.now = day("05/06/2021")
    customer.earned(250, Reference="PROMO-77", Reason="Newsletter signup")
    earned = (None, "05/06/2021", 250)
    assert (customer.figures(), customer.rows()) == ((860, 0, 860), [summary, earned])
    clock.now = day("05/07/2021")
    first = customer.authorized("W-5-2231", 300)
    pending = (PENDING, "05/07/2021", 300)
    assert (customer.figures(), customer.rows()) == ((860, 300, 560), [summary, earned, pending])
    refused(customer.authorize("W-5-2232", 561), 400, "No Balance Remaining")
    assert (customer.figures(), customer.rows()) == ((860, 300, 560), [summary, earned, pending])
    clock.now = THEN
    second = customer.authorized("W-5-2232", 560)
    assert customer.figures() == (860, 860, 0)
    assert customer.rows() == [summary, earned, pending, (PENDING, "05/10/2021", 560)]
    customer.finished("Cancel", second)
    assert (customer.figures(), customer.rows()) == ((860, 300, 560), [summary, earned, pending])
    customer.finished("Confirm", first)
    charge = ("Charge", "05/10/2021", -300)
    assert (customer.figures(), customer.rows()) == ((560, 0, 560), [summary, earned, charge])
    old, imported = (None, "02/01/2017", 500), (None, "03/14/2018", 110)
    later = [imported, earned, charge]
    assert customer.rows(startDate="01/01/2018 00:00:00.000") == [(SUMMARY, "02/01/2017", 500), *later]
    assert customer.rows(startDate="01/01/2016 00:00:00.000") == [old, *later]
    for start in ("01/01/2018", "01/01/2016", "05/10/2021"):
        assert figures(customer.loyalty(startDate=start)) == (560, 0, 560)
    (row,) = [row for row in customer.loyalty()["History"] if row.get("Activity") == "Charge"]
    assert row == {
        "Activity": "Charge",
        "Date": "05/10/2021",
        "PointAmount": -300,
        "Location": "Web Order",
        "Document": "W-5-2231",
    }


async def test_old_rows_that_come_to_nothing_are_still_a_summary(past: Past) -> None:
    """There was something: the row says up to when. Where there was nothing, there is no row."""
    customer = await past.customer()
    assert customer.loyalty()["History"] == []
    await backdated(past.engine, customer, "40", day("02/01/2017"))
    command = Adjust(caller=CALLER, account_id=customer.account_id, at=day("03/01/2017"), points=Decimal(-40))
    await posting.post(past.engine, command)
    assert customer.rows() == [(SUMMARY, "03/01/2017", 0)]


async def test_rows_are_in_the_order_of_their_dates(past: Past) -> None:
    """Also those that were written later with an earlier date; pending ones come last, oldest first."""
    customer, clock = await past.customer(), past.clock
    for points, at in (("1", "05/01/2021"), ("2", "04/01/2021"), ("4", "05/01/2021")):
        await backdated(past.engine, customer, points, day(at))
    for sale, at in (("S-2", "05/08/2021"), ("S-1", "05/03/2021")):
        clock.now = day(at)
        customer.authorized(sale, 1)
    clock.now = THEN
    assert [amount for _, _, amount in customer.rows()] == [2, 1, 4, 1, 1]
    assert [sale for sale, _ in customer.pending()] == ["S-1", "S-2"]


async def test_the_window_has_both_its_ends(past: Past) -> None:
    """To the millisecond; what is before it is folded, what is after it is hidden, holds are always shown."""
    customer = await past.customer()
    for points, at in (("1", "04/30/2021"), ("2", "05/01/2021 10:15:00.250"), ("4", "05/02/2021")):
        await backdated(past.engine, customer, points, day(at))
    customer.authorized("S-1", 3)
    hold = (PENDING, "05/10/2021", 3)
    moment = "05/01/2021 10:15:00.250"
    middle = (None, "05/01/2021", 2)
    folded = (SUMMARY, "04/30/2021", 1)
    assert customer.rows(startDate=moment, endDate=moment) == [folded, middle, hold]
    assert customer.rows(startDate="05/01/2021 10:15:00.249", endDate=moment) == [folded, middle, hold]
    assert customer.rows(startDate="05/01/2021 10:15:00.251", endDate="05/01/2021 10:15:00.999") == [
        (SUMMARY, "05/01/2021", 3),
        hold,
    ]
    assert customer.rows(startDate="05/01/2021 00:00:00.000", endDate="05/01/2021 10:15:00.249") == [folded, hold]


async def test_an_end_in_the_past_hides_rows_and_not_figures(past: Past) -> None:
    """The posted rows come to the balance as it was then; the figures are those of now."""
    customer = await past.customer()
    for points, at in (("100", "06/01/2019"), ("20", "06/15/2020"), ("3", "01/02/2021")):
        await backdated(past.engine, customer, points, day(at))
    now = figures(customer.loyalty())
    for end, balance in (("12/31/2020", 120), ("06/14/2020", 100), ("01/02/2021", 123), ("05/31/2019", 0)):
        loyalty = customer.loyalty(endDate=end)
        assert figures(loyalty) == now == (123, 0, 123)
        assert sum(row["PointAmount"] for row in loyalty["History"]) == balance
    assert customer.rows(endDate="06/14/2020") == [(SUMMARY, "06/01/2019", 100)]
    assert customer.rows(endDate="06/01/2019") == [(None, "06/01/2019", 100)], (
        "a start by default is never after the end"
    )
    assert customer.rows(endDate="06/02/2019") == [(SUMMARY, "06/01/2019", 100)]


async def test_each_end_has_its_own_default(past: Past) -> None:
    """A year back and now: the day before is folded, the day itself is not."""
    customer = await past.customer()
    await backdated(past.engine, customer, "1", THEN - timedelta(days=365, milliseconds=1))
    await backdated(past.engine, customer, "2", THEN - timedelta(days=365))
    shown = [(SUMMARY, "05/09/2020", 1), (None, "05/10/2020", 2)]
    assert customer.rows() == shown
    assert customer.rows(endDate="05/09/2021 00:00:00.000") == shown
    assert customer.rows(startDate="05/01/2020 00:00:00.000") == [(None, "05/09/2020", 1), (None, "05/10/2020", 2)]
    for nothing in ({"startDate": None}, {"endDate": ""}, {"startDate": "", "endDate": None}):
        assert customer.rows(**nothing) == shown
    assert customer.rows("?startDate=&endDate=") == shown


async def test_a_year_before_the_29th_of_february(past: Past) -> None:
    """The year before has none: its last day counts."""
    customer = await past.customer()
    await backdated(past.engine, customer, "1", day("02/27/2023"))
    await backdated(past.engine, customer, "2", day("02/28/2023"))
    past.clock.now = day("02/29/2024")
    assert customer.rows() == [(SUMMARY, "02/27/2023", 1), (None, "02/28/2023", 2)]
    assert customer.rows(startDate="02/29/2024") == [(SUMMARY, "02/28/2023", 3)]
    refused(past.till.check(customer.number, startDate="02/29/2023"), 400, "Bad Request")


async def test_what_is_posted_meanwhile_or_dated_ahead_has_its_row(past: Past) -> None:
    """The figures count it, so that without an end the rows must, or they would not add up."""
    customer = await past.customer()
    await backdated(past.engine, customer, "5", THEN + timedelta(milliseconds=3))
    await backdated(past.engine, customer, "7", THEN + timedelta(days=30))
    shown = [(None, "05/10/2021", 5), (None, "06/09/2021", 7)]
    assert (customer.figures(), customer.rows()) == ((12, 0, 12), shown)
    assert customer.rows(endDate="05/10/2021 00:00:00.000") == []
    assert customer.rows(endDate="05/11/2021") == shown[:1]


@pytest.mark.parametrize(
    "start",
    [
        "05/01/2021 10:15:00.000",
        "05/01/2021 10:15:00",
        "05/01/2021 10:15",
        "5/1/2021 10:15",
        " 05/01/2021 10:15:00.000 ",
        "2021-05-01T10:15:00Z",
        "2021-05-01T10:15:00.0000000",
        "2021-05-01 10:15",
        "2021-05-01T12:15:00+02:00",
        "2021-04-30T23:45:00.000-10:30",
    ],
)
async def test_one_moment_in_many_notations(past: Past, start: str) -> None:
    """Month first and in UTC, or ISO 8601 with any offset; in the body, and in the query."""
    customer = await past.customer()
    await backdated(past.engine, customer, "1", day("05/01/2021 10:14:59.999"))
    await backdated(past.engine, customer, "2", day("05/01/2021 10:15:00.000"))
    shown = [(SUMMARY, "05/01/2021", 1), (None, "05/01/2021", 2)]
    assert customer.rows(startDate=start) == shown
    assert customer.rows(f"?{httpx.QueryParams(startDate=start)}") == shown


async def test_the_body_wins_over_the_query(past: Past) -> None:
    """Each of the two dates by itself; names in any case on both sides."""
    customer = await past.customer()
    for month in (1, 2, 3):
        await backdated(past.engine, customer, str(month), datetime(2021, month, 1, tzinfo=UTC))
    one, two, three = [(None, f"0{month}/01/2021", month) for month in (1, 2, 3)]
    folded = (SUMMARY, "01/01/2021", 1)
    assert customer.rows("?startDate=03/01/2021", startDate="02/01/2021") == [folded, two, three]
    assert customer.rows("?STARTDATE=03/01/2021", StartDate="02/01/2021") == [folded, two, three]
    assert customer.rows("?startDate=02/01/2021&enddate=02/15/2021") == [folded, two]
    assert customer.rows("?startDate=02/01/2021&endDate=01/15/2021", ENDDATE="02/15/2021") == [folded, two]
    assert customer.rows("?startDate=01/15/2021", endDate="02/15/2021") == [folded, two]
    assert customer.rows("?endDate=01/15/2021") == [one]


@pytest.mark.parametrize(
    "window",
    [
        {"startDate": "05/02/2021", "endDate": "05/01/2021"},
        {"startDate": "05/01/2021 00:00:00.001", "endDate": "05/01/2021 00:00:00.000"},
        {"startDate": "05/10/2021 00:00:00.001"},
        {"startDate": "29/11/2015"},
        {"endDate": "13/01/2021"},
        {"endDate": "02/29/2021"},
        {"startDate": "00/10/2021"},
        {"startDate": "05/01/21"},
        {"startDate": "05-01-2021"},
        {"startDate": "05/01/2021 24:00:00.000"},
        {"startDate": "05/01/2021 10:15:00.1234567"},
        {"startDate": "05/01/2021T10:15"},
        {"startDate": "2021-05-01T10:15:00+25:00"},
        {"startDate": "0001-01-01T00:00:00+14:00"},
        {"endDate": "9999-12-31T23:59:59-12:00"},
        {"startDate": "yesterday"},
        {"startDate": "x" * 100_000},
        {"startDate": " "},
        {"startDate": 20210501},
        {"startDate": True},
        {"startDate": ["05/01/2021"]},
        {"endDate": {}},
        {"endDate": "05/01/2021\0"},
    ],
    ids=lambda window: str(window)[:60],
)
async def test_what_is_no_window(past: Past, window: dict[str, Any]) -> None:
    """A clear error, in the body and in the query."""
    refused(past.till.check(tenant.CUSTOMER, **window), 400, "Bad Request")
    if all(isinstance(text, str) and len(text) < 1_000 for text in window.values()):
        refused(past.till.check(tenant.CUSTOMER, f"?{httpx.QueryParams(window)}"), 400, "Bad Request")


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b'{"startDate": }', b"\xff", b"[" * 10_000])
def test_a_body_that_is_no_object(till: Till, body: bytes) -> None:
    """Also on a GET."""
    refused(till.send("GET", f"/Loyalty/{tenant.CUSTOMER}/BalanceCheck", body), 400, "Bad Request")


async def test_the_ends_of_the_calendar(past: Past) -> None:
    """The widest windows that can be written."""
    customer = await past.customer()
    await backdated(past.engine, customer, "1", datetime(804, 12, 25, tzinfo=UTC))
    for start, end in (("01/01/0001", "12/31/9999 23:59:59.999"), ("0001-01-01", "9999-12-31T23:59:59.999999Z")):
        assert customer.rows(startDate=start, endDate=end) == [(None, "12/25/0804", 1)]


async def test_shares_of_a_point(past: Past) -> None:
    """The balance is rounded down, rows and holds add up all the same, and what is shown as available can be held."""
    customer, at = await past.customer(), iter(THEN - timedelta(days=n) for n in range(600, 0, -60))

    async def post(kind: type[Adjust | Hold | Set], points: str, **more: Any) -> None:
        named: dict[str, Any] = {
            "caller": CALLER,
            "account_id": customer.account_id,
            "at": next(at),
            "points": Decimal(points),
        }
        await posting.post(past.engine, kind(**named, **more))

    await post(Set, "20.37", basis=Basis.AVAILABLE)
    assert (customer.figures(), customer.rows()) == ((20, 0, 20), [(SUMMARY, "09/18/2019", 20)])
    await backdated(past.engine, customer, "0.62", next(at))
    assert (customer.figures()[0], [amount for _, _, amount in customer.rows()]) == (20, [20])
    await backdated(past.engine, customer, "0.01", next(at))
    assert (customer.figures()[0], [amount for _, _, amount in customer.rows()]) == (21, [21])
    await post(Adjust, "-0.5")
    for sale, points in (("A", "0.25"), ("B", "0.5"), ("C", "3.75")):
        await post(Hold, points, hold_id=past.engine.new_id(), reference=sale)
    assert customer.figures() == (20, 4, 16)
    assert sum(points for _, points in customer.pending()) == 4
    refused(customer.authorize("W-1", 17), 400, "No Balance Remaining")
    code = customer.authorized("W-1", 16)
    assert customer.figures() == (20, 20, 0)
    customer.finished("Confirm", code)
    assert customer.figures() == (4, 4, 0)
    for start in ("01/01/2019", "12/01/2019", "03/15/2020", "08/01/2020", "05/10/2021"):
        assert figures(customer.loyalty(startDate=start)) == (4, 4, 0)


async def test_a_balance_below_nothing_is_shown_as_it_is(past: Past) -> None:
    """Written so by another surface: not cut off, and nothing can be held against it."""
    customer = await past.customer()
    command = Set(caller=CALLER, account_id=customer.account_id, at=THEN, points=Decimal("-2.5"), basis=Basis.POSTED)
    await posting.post(past.engine, command)
    assert (customer.figures(), customer.rows()) == ((-3, 0, -3), [(None, "05/10/2021", -3)])
    refused(customer.authorize("S-1", 1), 400, "No Balance Remaining")


def test_figures_do_not_depend_on_the_window(till: Till, customer: Customer) -> None:
    """Changing it changes the history only."""
    customer.earned(70)
    customer.authorized("S-1", 30)
    plain = customer.loyalty()
    for window in (
        {"startDate": "01/01/2001"},
        {"endDate": "01/01/2001"},
        {"startDate": "2001-01-01", "endDate": "2002-01-01"},
    ):
        loyalty = till.check(customer.number, **window).json()["Loyalty"]
        adds_up(loyalty, whole="endDate" not in window)
        assert {**loyalty, "History": []} == {**plain, "History": []}
        assert rows(loyalty)[-1] == rows(plain)[-1]
