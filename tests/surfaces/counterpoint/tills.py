"""A till that speaks CP Extender's dialect, its customers, and the sums that every balance check must come to."""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import msgspec

from guerdon.core.callers import Caller
from guerdon.core.commands import Earn
from guerdon.core.members import Member, Profile
from guerdon.core.programs import Program
from guerdon.demo import tenant
from guerdon.engine import Engine, enrolling, posting
from guerdon.engine.enrolling import Enrolled, Enrolment
from guerdon.engine.founding import Founding, NewCredential, found
from guerdon.surfaces.counterpoint.mapping import CUSTOMER

THREADS = 32
CALLER = Caller(tenant.id_of(tenant.DEMO, "tenant"), "test", uuid.uuid4())
"""Somebody of the demo tenant."""

REQUIRED = "Required: Type, Ref, SaleId, and (RequestedAmount or RequestedPoints)"
SUMMARY, PENDING, PROMISED = "Historical Summary", "Pending Charge", "Pending Earned"
_encode = msgspec.json.Encoder(decimal_format="number").encode

Json = dict[str, Any]


def refused(response: httpx.Response, status: int, text: str) -> None:
    """The answer is this refusal, in the vendor's shape and nothing besides."""
    assert (response.status_code, response.json()) == (status, {"Message": text}), response.text
    assert response.headers["content-type"] == "application/json"


def adds_up(loyalty: Json, *, whole: bool) -> None:
    """The figures agree with each other and with the rows; `whole` where no end of the window hides rows."""
    rows = [row for row in loyalty["History"] if row.get("Activity") not in (PENDING, PROMISED)]
    pending = [row["PointAmount"] for row in loyalty["History"] if row.get("Activity") == PENDING]
    promised = [row["PointAmount"] for row in loyalty["History"] if row.get("Activity") == PROMISED]
    posted, held = loyalty["PointBalance"], loyalty["OpenAuthorizations"]
    assert loyalty["AvailablePointBalance"] == posted - held
    assert sum(pending) == held
    assert all(amount >= 0 for amount in pending)
    assert loyalty["PendingPointsEarned"] == sum(promised)
    if whole:
        assert sum(row["PointAmount"] for row in rows) == posted
    assert all(type(loyalty[name]) is int for name in ("PointBalance", "OpenAuthorizations", "AvailablePointBalance"))


@dataclass(frozen=True)
class Till:
    """A client with a token."""

    http: httpx.Client
    base_url: str
    token: str

    def send(self, method: str, path: str, content: bytes | None = None, **headers: str) -> httpx.Response:
        """Any request; an underscore in a header's name stands for a dash, and an empty header is left out."""
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        known = {name: value for name, value in sent.items() if value}
        return self.http.request(method, self.base_url + path, content=content, headers=known)

    def post(self, path: str, key: str = "", **members: Any) -> httpx.Response:
        """A write; a Decimal is sent with every digit."""
        return self.send("POST", path, _encode(members), Idempotency_Key=key)

    def check(self, number: str, query: str = "", **body: Any) -> httpx.Response:
        """A balance check; the body is sent only where there is one."""
        return self.send("GET", f"/Loyalty/{number}/BalanceCheck{query}", _encode(body) if body else None)

    def earn(self, number: str, points: Any, key: str = "", **more: Any) -> httpx.Response:
        """Points for a customer."""
        return self.post("/Loyalty/Earn", key, CustomerNumber=number, Points=points, **more)

    def authorize(self, number: str, sale_id: str, points: Any = None, key: str = "", **more: Any) -> httpx.Response:
        """A hold; without points what else is given has to say how much."""
        figure = {} if points is None else {"RequestedPoints": points}
        return self.post(
            "/Loyalty/Authorize", key, **{"Type": "loyalty", "Ref": number, "SaleId": sale_id} | figure | more
        )

    def finish(self, verb: str, number: str, code: str, key: str = "") -> httpx.Response:
        """`Confirm` or `Cancel`."""
        return self.post(f"/Authorize/{verb}", key, Ref=number, AuthCode=code)


@dataclass(frozen=True)
class Customer:
    """A customer of a till."""

    till: Till
    number: str
    member: Member
    account_id: uuid.UUID

    def loyalty(self, query: str = "", **body: Any) -> Json:
        """The one member of a balance check, which must be there and add up."""
        response = self.till.check(self.number, query, **body)
        assert response.status_code == 200, response.text
        assert list(response.json()) == ["Loyalty"]
        loyalty: Json = response.json()["Loyalty"]
        adds_up(loyalty, whole="enddate" not in query.casefold() and not any(k.casefold() == "enddate" for k in body))
        return loyalty

    def figures(self) -> tuple[int, int, int]:
        """`PointBalance`, `OpenAuthorizations`, `AvailablePointBalance`."""
        return figures(self.loyalty())

    def rows(self, query: str = "", **body: Any) -> list[tuple[str | None, str, int]]:
        """The history as activity, date and points."""
        return rows(self.loyalty(query, **body))

    def pending(self) -> list[tuple[str, int]]:
        """Open authorizations as sale and points."""
        history = self.loyalty()["History"]
        return [(row["Document"], row["PointAmount"]) for row in history if row.get("Activity") == PENDING]

    def earned(self, points: int, **more: Any) -> None:
        """Earns, which must work."""
        response = self.till.earn(self.number, points, **more)
        assert (response.status_code, response.content) == (204, b""), response.text

    def authorize(self, sale_id: str, points: Any = None, key: str = "", **more: Any) -> httpx.Response:
        """Asks for a hold."""
        return self.till.authorize(self.number, sale_id, points, key, **more)

    def authorized(self, sale_id: str, points: Any = None, key: str = "", **more: Any) -> str:
        """Places a hold, which must work, and returns its code."""
        response = self.authorize(sale_id, points, key, **more)
        assert response.status_code == 200, response.text
        code: str = response.json()["AuthCode"]
        return code

    def finish(self, verb: str, code: str, key: str = "") -> httpx.Response:
        """`Confirm` or `Cancel`."""
        return self.till.finish(verb, self.number, code, key)

    def finished(self, verb: str, code: str, key: str = "") -> None:
        """The same, which must work."""
        response = self.finish(verb, code, key)
        assert (response.status_code, response.content) == (204, b""), response.text


def figures(loyalty: Json) -> tuple[int, int, int]:
    """`PointBalance`, `OpenAuthorizations`, `AvailablePointBalance`."""
    return loyalty["PointBalance"], loyalty["OpenAuthorizations"], loyalty["AvailablePointBalance"]


def rows(loyalty: Json) -> list[tuple[str | None, str, int]]:
    """The history as activity, date and points."""
    return [(row.get("Activity"), row["Date"], row["PointAmount"]) for row in loyalty["History"]]


async def enrol(
    engine: Engine, namespace: str, name: str, caller: Caller = CALLER, email: str | None = None
) -> Enrolled:
    """Gives somebody a name and a membership; an email address finds somebody who is known already."""
    ask = Enrolment(caller=caller, at=engine.clock(), profile=Profile(email=email), namespace=namespace, name=name)
    return await enrolling.enrol(engine, ask)


async def new_customer(engine: Engine, till: Till, caller: Caller = CALLER) -> Customer:
    """A customer that no other test knows, enrolled and without points."""
    number = f"T-{uuid.uuid4().hex[:12]}"
    enrolled = await enrol(engine, CUSTOMER, number, caller)
    return Customer(till, number, enrolled.member, enrolled.membership.account_id)


async def customer_elsewhere(engine: Engine, till: Till, points_per_unit: Decimal | None) -> Customer:
    """A customer of a tenant that no other test knows, whose program prices points so."""
    tenant_id, chain_id, token = uuid.uuid4(), uuid.uuid4(), uuid.uuid4().hex
    program = Program(
        id=uuid.uuid4(),
        chain_id=chain_id,
        code="P",
        name="Garden Club",
        earning_descriptions=("1 point per dollar", "Double points on seeds"),
        redemption_descriptions=("100 points = 5.00 off",),
        points_per_unit=points_per_unit,
        allow_negative=False,
    )
    credential = NewCredential(surface="counterpoint", name=token, secret="secret", tokens=(token,))
    named: Json = {"tenant_id": tenant_id, "slug": token, "name": "Store", "chain_id": chain_id}
    assert await found(engine, Founding(**named, programs=[program], credentials=[credential]))
    return await new_customer(engine, replace(till, token=token), Caller(tenant_id, "test", uuid.uuid4(), chain_id))


async def backdated(engine: Engine, customer: Customer, points: str, at: datetime, **more: Any) -> None:
    """Points as an import writes them: any amount, at any time."""
    command = Earn(caller=CALLER, account_id=customer.account_id, at=at, points=Decimal(points), **more)
    await posting.post(engine, command)


def together(calls: Sequence[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Calls from many threads at once; the answers in the order of the calls."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(lambda call: call(), calls))


def many(call: Callable[..., httpx.Response], *arguments: Any, **named: Any) -> list[httpx.Response]:
    """The same call from every thread at once."""
    return together([partial(call, *arguments, **named)] * THREADS)
