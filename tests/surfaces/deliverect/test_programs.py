"""Programs, the wallet and cards as a channel uses them: locked for a session, freed, timed out, never twice."""

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from conftest import NOW, Clock, cloned, served
from guerdon.core.callers import Caller
from guerdon.core.members import NUMBER, Identifier
from guerdon.core.rewards import Objection, RewardKind
from guerdon.demo import client, tenant
from guerdon.engine import Engine, answering, finding, merging
from guerdon.surfaces.deliverect.mapping import programs as mapping
from storage.racing import WAITING
from surfaces.deliverect.channels import BURGER, OFF, Channel, a_session, an_email, an_order, demo, refused
from surfaces.deliverect.partners import Deliverect, installed

DEMO = Caller(tenant.id_of("demo", "tenant"), "test", uuid.uuid4())


def validated(channel: Channel, customer: str, session: str | None, *ids: str, **order: Any) -> list[Any]:
    """What comes of a selection."""
    answer = channel.ask("programs/validate", an_order(customer, **order), session, programIds=list(ids))
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()
    return found


def codes(found: list[Any]) -> dict[str, list[str]]:
    """The codes of the errors, by program."""
    return {each["programId"]: [error["code"] for error in each["validationErrors"]] for each in found}


def test_every_kind_of_reward_has_a_type_and_every_objection_words() -> None:
    assert set(mapping.TYPES) == set(RewardKind)
    assert len(set(mapping.TYPES.values())) == 8
    assert set(mapping.PROBLEMS) == set(mapping.WALLET_PROBLEMS) == set(Objection)
    assert len({code for code, _ in mapping.PROBLEMS.values()}) == len(Objection)


def test_old_and_new_clients_read_the_same_answer(channel: Channel, buyer: Callable[[int], str]) -> None:
    """The first error is there in both forms, with everything that older clients know of the program."""
    good, bad = validated(channel, buyer(100), a_session(), "3-off", "table")
    assert (good["validationErrors"], good["validationError"], good["applicable"]) == ([], None, True)
    assert bad["validationError"] == {"message": bad["validationErrors"][0]["message"]}
    assert (bad["discounts"], bad["applicable"]) == ([], False)
    listed = channel.ask("programs/retrieve", an_order(buyer(100)), a_session()).json()
    (three_off,) = [program for program in listed if program["programId"] == "3-off"]
    assert {name: good[name] for name in three_off} == three_off


def test_a_validated_program_is_locked_for_its_session(channel: Channel, buyer: Callable[[int], str]) -> None:
    """A different session cannot spend the points, the same one can ask again; leaving it out frees them."""
    customer, mine, other = buyer(100), a_session(), a_session()
    assert codes(validated(channel, customer, mine, "3-off")) == {"3-off": []}
    assert channel.balance(customer) == 40
    assert codes(validated(channel, customer, other, "3-off")) == {"3-off": ["insufficient_points"]}
    assert codes(validated(channel, customer, mine, "3-off")) == {"3-off": []}
    assert channel.balance(customer) == 40
    applied = {**OFF, "programId": "3-off"}
    assert validated(channel, customer, mine, discounts=[applied]) == []
    assert channel.balance(customer) == 100


def test_a_lock_times_out_after_a_quarter_of_an_hour(cluster: str, template: str, http: httpx.Client) -> None:
    """Nobody says anything more: the points are free again by themselves."""
    clock = Clock()
    with cloned(cluster, template) as dsn, served(dsn, clock) as base_url:
        facts = client.facts(base_url)
        channel, deliverect = demo(http, facts), installed(http, facts)
        customer = channel.create(email=an_email()).json()["providerId"]
        deliverect.order(customer, 10_000)
        validated(channel, customer, a_session(), "3-off")
        clock.now = NOW + timedelta(minutes=14, seconds=59)
        assert channel.balance(customer) == 40
        clock.now = NOW + timedelta(minutes=15)
        assert channel.balance(customer) == 100


def test_an_order_ends_the_lock_by_spending_it(
    channel: Channel, deliverect: Deliverect, buyer: Callable[[int], str]
) -> None:
    customer, session = buyer(100), a_session()
    validated(channel, customer, session, "3-off")
    deliverect.order(customer, 0, {**OFF, "programId": "3-off"}, sessionId=session)
    assert channel.balance(customer) == 40
    assert codes(validated(channel, customer, a_session(), "3-off")) == {"3-off": ["insufficient_points"]}


def test_a_program_on_the_order_is_checked_again_and_not_given_twice(
    channel: Channel, buyer: Callable[[int], str]
) -> None:
    """Its discount has lowered what is paid: the least order value is of what it was before."""
    customer, session = buyer(100), a_session()
    burger = {**BURGER, "quantity": 1, "price": 1600}
    (first,) = validated(channel, customer, session, "3-off", items=[burger], payment={"amount": 1600})
    assert first["discounts"] == [
        {
            "provider": "loyalty",
            "externalId": "3-off",
            "offer": {"type": "flat_off", "value": 300},
            "scope": {"type": "order"},
        }
    ]
    applied = {**OFF, "programId": "3-off"}
    more: dict[str, Any] = {"items": [burger], "payment": {"amount": 1300}, "discounts": [applied]}
    (again,) = validated(channel, customer, session, "3-off", **more)
    assert (again["validationErrors"], again["discounts"]) == ([], [])
    (lower,) = validated(channel, customer, session, "3-off", **{**more, "payment": {"amount": 1100}})
    assert [error["code"] for error in lower["validationErrors"]] == ["min_order_value"]


def test_a_program_that_is_named_twice_has_one_answer(channel: Channel, buyer: Callable[[int], str]) -> None:
    customer = buyer(200)
    assert len(validated(channel, customer, a_session(), "3-off", "3-off")) == 1
    assert channel.balance(customer) == 140


def test_without_a_session_all_of_a_customers_selections_are_one(channel: Channel, buyer: Callable[[int], str]) -> None:
    customer = buyer(200)
    for _ in range(2):
        validated(channel, customer, None, "3-off")
    assert channel.balance(customer) == 140
    validated(channel, customer, None, "cookie", items=[{**BURGER, "quantity": 9}])
    assert channel.balance(customer) == 160
    validated(channel, customer, None)
    assert channel.balance(customer) == 200


def test_two_for_one_adds_a_unit_or_frees_one(channel: Channel, buyer: Callable[[int], str]) -> None:
    """With two in the order, the cheaper line is free; with one, the second comes on top."""
    customer = buyer(100)
    single, dear = {**BURGER, "quantity": 1}, {**BURGER, "quantity": 1, "price": 1500}
    for items, scope in (
        ([single], {"type": "product", "plu": "BRG-1", "quantity": 1}),
        ([BURGER], {"type": "item", "lineIndex": 0}),
        ([single, dear], {"type": "item", "lineIndex": 0}),
    ):
        (found,) = validated(channel, customer, "two", "two-for-one", items=items)
        assert [discount["scope"] for discount in found["discounts"]] == [scope]
        assert [discount["offer"] for discount in found["discounts"]] == [{"type": "free"}]


def test_of_sixteen_sessions_at_once_as_many_get_it_as_points_last(
    channel: Channel, buyer: Callable[[int], str]
) -> None:
    customer = buyer(200)
    with ThreadPoolExecutor(16) as pool:
        asks = [pool.submit(validated, channel, customer, a_session(), "3-off") for _ in range(16)]
        found = Counter(tuple(codes(ask.result())["3-off"]) for ask in asks)
    assert found == {(): 3, ("insufficient_points",): 13}
    assert channel.balance(customer) == 20


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("programs/validate", {"programIds": ["3-off"]}),
        ("wallet/validate", {"wallet": {"type": "cash", "amount": 20}}),
        ("compensationCards/validate", {"compensationCardIds": ["SORRY-77"]}),
    ],
)
async def test_who_goes_up_in_another_at_the_same_time_has_it_there(
    engine: Engine, channel: Channel, buyer: Callable[[int], str], what: str, wanted: dict[str, Any]
) -> None:
    """A checkout is told what it would be a moment later, and what is reserved is where the order looks for it."""
    customer, other = await asyncio.to_thread(buyer, 100), await asyncio.to_thread(buyer, 10)
    into_id, from_id = [await finding.member(engine, DEMO, [Identifier(NUMBER, each)]) for each in (other, customer)]
    asking = partial(channel.ask, what, an_order(customer), a_session(), **wanted)

    async def merged(inside: Engine) -> "asyncio.Task[httpx.Response]":
        await merging.merge(inside, DEMO, into_id=into_id, from_id=from_id)
        told = asyncio.create_task(asyncio.to_thread(asking))
        async with inside.database.connection() as connection:
            while not await connection.fetchval(WAITING):
                assert not told.done()
        return told

    answer = await (await answering.together(engine, merged))
    assert answer.status_code == 200, answer.text
    (found,) = answer.json() if isinstance(answer.json(), list) else [answer.json()]
    assert found["validationErrors"] == []
    owners = (
        "SELECT m.member_id FROM redemptions x JOIN memberships m ON m.account_id = x.account_id "
        "WHERE x.session = $1 AND x.state = 'reserved' AND m.deleted_at IS NULL"
    )
    async with engine.database.connection() as connection:
        assert await connection.fetchval(owners, f"deliverect:{asking.args[2]}") == into_id
    nothing: dict[str, Any] = {name: [] for name in wanted if name != "wallet"}
    if nothing:  # there is one card, which other tests want
        await asyncio.to_thread(partial(channel.ask, *asking.args, **nothing))


@pytest.mark.parametrize("order_type", [None, 0, 6, -1, "1", 1.5, True])
def test_an_order_of_no_known_kind(channel: Channel, buyer: Callable[[int], str], order_type: object) -> None:
    """Only where programs are listed does the kind matter; what is no number is refused everywhere."""
    order = an_order(buyer(0), orderType=order_type)
    answer = channel.ask("programs/retrieve", order, a_session())
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_order_type")
    assert list(answer.json()) == ["code", "message", "context"]


@pytest.mark.parametrize(
    "customer",
    [
        None,
        {},
        {"name": "Ana Peeters"},
        {"email": "", "phoneNumber": ""},
        {"email": "nobody", "phoneNumber": "0470"},
        {"loyaltyProviderCustomerId": ""},
    ],
)
def test_an_order_of_nobody_in_particular(channel: Channel, customer: Any) -> None:
    for what, more in (
        ("programs/retrieve", {}),
        ("programs/validate", {"programIds": []}),
        ("wallet/validate", {"wallet": {"type": "cash", "amount": 1}}),
        ("compensationCards/validate", {"compensationCardIds": []}),
    ):
        answer = channel.ask(what, {**an_order("x"), "customer": customer}, a_session(), **more)
        assert refused(answer, 400, "customer: loyaltyProviderCustomerId, email or phoneNumber is required")


@pytest.mark.parametrize("by", ["email", "phoneNumber", "loyaltyProviderCustomerId"])
def test_a_customer_of_an_order_is_found_by_any_name(channel: Channel, by: str) -> None:
    """Where a guest typed an address into the field for the id, too."""
    made = channel.create(email=an_email(), phoneNumber="+3247" + a_session()[:7].translate(DIGITS)).json()
    values = {"email": [made["email"].upper()], "phoneNumber": [made["phoneNumber"]]}
    values["loyaltyProviderCustomerId"] = [made["providerId"], made["email"], made["phoneNumber"]]
    for value in values[by]:
        order = {**an_order("x"), "customer": {by: value, "name": None}}
        assert channel.ask("programs/retrieve", order).status_code == 200


DIGITS = str.maketrans("abcdef", "012345")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"items": "burger"}, "items"),
        ({"items": [{"plu": 7}]}, "plu"),
        ({"items": [{"price": "ten"}]}, "price"),
        ({"items": [{"quantity": 1.5}]}, "quantity"),
        ({"discounts": [7]}, ""),
        ({"items": [{"subItems": [{"subItems": [{"price": "ten"}]}]}]}, "price"),
        ({"items": [{"subItems": [{"quantity": 2**30, "subItems": [{"quantity": 2**30}]}]}]}, "quantity"),
        ({"items": json.loads('[{"subItems":' * 400 + "[]" + "}]" * 400)}, "malformed body"),
        ({"decimalDigits": -1}, "decimalDigits"),
        ({"decimalDigits": 99}, "decimalDigits"),
        ({"payment": {"amount": 10**30}}, "amount"),
        ({"subTotal": 10**400}, "subTotal"),
        ({"customer": {"email": "a\0b@example.com"}}, "email"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_locks_nothing(
    channel: Channel, buyer: Callable[[int], str], change: dict[str, Any], name: str
) -> None:
    customer = buyer(100)
    answer = channel.ask("programs/validate", an_order(customer, **change), a_session(), programIds=["3-off"])
    assert refused(answer, 400)
    assert name in answer.json()["error"]
    assert channel.balance(customer) == 100


@pytest.mark.parametrize("selected", [["x"] * 101, ["x" * 256], "3-off", [7], None])
def test_a_selection_that_cannot_be_is_refused(channel: Channel, buyer: Callable[[int], str], selected: Any) -> None:
    answer = channel.ask("programs/validate", an_order(buyer(0)), a_session(), programIds=selected)
    assert refused(answer, 400)


# --- cards


def test_a_card_is_good_for_one_session_at_a_time(channel: Channel, buyer: Callable[[int], str]) -> None:
    """There is one of it: while somebody has it in the basket, it is not valid for others."""
    first, second, session = buyer(0), buyer(0), a_session()

    def carded(customer: str, *ids: str, **order: Any) -> list[Any]:
        answer = channel.ask(
            "compensationCards/validate", an_order(customer, **order), session, compensationCardIds=list(ids)
        )
        found: list[Any] = answer.json()
        return found

    (mine,) = carded(first, "SORRY-77")
    assert (mine["validationErrors"], len(mine["discounts"])) == ([], 1)
    (theirs,) = carded(second, "SORRY-77")
    assert [error["code"] for error in theirs["validationErrors"]] == ["invalid_code"]
    assert carded(first) == []
    (freed,) = carded(second, "SORRY-77")
    assert freed["validationErrors"] == []
    carded(second)


# --- what a channel is told of the program


def test_the_account_stands_for_its_one_profile(http: httpx.Client, facts: dict[str, Any]) -> None:
    """Where the channel link is not known: configuration, customer, wallet and tiers."""
    known = facts["deliverect"]
    base, headers = f"{known['base_url']}/loyalty/account", {"Authorization": f"Bearer {known['token']}"}
    email = an_email()
    made = http.post(f"{base}/{known['account']}/customer", json={"email": email}, headers=headers)
    assert made.status_code == 200
    for what in ("configuration", f"customer?email={email}", f"customer/wallet?email={email}", "tiers"):
        assert http.get(f"{base}/{known['account']}/{what}", headers=headers).status_code == 200
        assert refused(http.get(f"{base}/nobody/{what}", headers=headers), 400, "no active loyalty profile found")


def test_a_link_that_shows_no_tiers_has_none(http: httpx.Client, facts: dict[str, Any]) -> None:
    plain = demo(http, facts, "channel_link_without_tiers")
    assert plain.look("tiers").json() == []
    assert plain.look("configuration").json()["features"]["supportsSSO"] is False


def test_each_objection_is_told_by_its_code(
    channel: Channel, buyer: Callable[[int], str], http: httpx.Client, facts: dict[str, Any]
) -> None:
    """Those that the demo's own programs do not come to: not begun, out of stock, used up, locked, and barred."""
    native, made = facts["native"], []
    headers = {"Authorization": f"Bearer {native['token']}"}

    def native_asks(method: str, path: str, body: dict[str, Any]) -> Any:
        answer = http.request(method, native["base_url"] + path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def program(**more: Any) -> str:
        plain = {"program_id": facts["mews"]["program_id"], "kind": "custom", "title": "A gift", "cost": 1}
        reward = native_asks("POST", "/rewards", {**plain, "code": uuid.uuid4().hex, **more})
        made.append(reward["id"])
        return str(reward["code"])

    later, none, once = program(starts_at="2999-01-01T00:00:00Z"), program(stock_left=0), program(most_per_member=1)
    last = program(stock_left=1)
    try:
        customer, mine = buyer(100), a_session()
        told = {later: ["program_not_started"], none: ["out_of_stock"], once: []}
        assert codes(validated(channel, customer, mine, later, none, once)) == told
        assert codes(validated(channel, customer, a_session(), once)) == {once: ["program_locked"]}
        assert codes(validated(channel, customer, mine, once, last)) == {once: [], last: []}
        assert codes(validated(channel, customer, a_session(), last)) == {last: ["program_locked"]}
        assert codes(validated(channel, buyer(1), a_session(), last)) == {last: ["out_of_stock"]}
        used = {**OFF, "programId": once}
        installed(http, facts).order(customer, 0, used, sessionId=mine)
        assert codes(validated(channel, customer, a_session(), once)) == {once: ["limit_reached"]}
        (member,) = http.get(f"{native['base_url']}/members?number={customer}", headers=headers).json()["data"]
        native_asks("PATCH", f"/memberships/{member['memberships'][0]['id']}", {"state": "canceled"})
        assert codes(validated(channel, customer, a_session(), "3-off")) == {"3-off": ["customer_blocked"]}
    finally:
        for reward in made:
            native_asks("PATCH", f"/rewards/{reward}", {"is_listed": False})
