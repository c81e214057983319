"""The demo tenant and its neighbour: well-known ids and secrets, so that every first call works as pasted."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from guerdon.core.callers import Caller
from guerdon.core.commands import Earn
from guerdon.core.members import Identifier, Profile
from guerdon.core.programs import ChannelLink, ChannelProfile, Program, Tier
from guerdon.core.refusals import IdentifierTaken
from guerdon.core.rewards import Reward, RewardKind
from guerdon.engine import Engine, enrolling, finding, posting
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.founding import Founding, NewCredential, found

_ROOT = UUID("9f0d7a52-6a0b-5c7e-8f57-60e5d0f2c3a1")
DEMO, OTHER = "demo", "other"

CUSTOMER = "CPOL-123185"
SECOND_CUSTOMER = "2059378440"
NOT_ENROLLED_CUSTOMER = "CPOL-100404"
CUSTOMER_NAMESPACE = "counterpoint.customer"
OPENING_POINTS = Decimal(1404)
OPENED_ON = datetime(2015, 11, 29, tzinfo=UTC)
SUMMER_ENDED_ON = datetime(2020, 10, 1, tzinfo=UTC)
CARD_ENDS_ON = datetime(2100, 1, 1, tzinfo=UTC)

LINK, LINK_WITHOUT_TIERS, LINK_INACTIVE, OTHER_LINK = (
    "65f0c0ffee0000000000d001",
    "65f0c0ffee0000000000d002",
    "65f0c0ffee0000000000d003",
    "65f0c0ffee0000000000e001",
)

SHOP = "https://shop.example.com"
ACCOUNT, PROFILE = "65f0c0ffee0000000000a001", "65f0c0ffee0000000000b001"
PARTNER, API_KEY, SIGNING_SECRET = "demo-deliverect-partner", "demo-deliverect-api-key", "demo-deliverect-signing"
CARD = "SORRY-77"

GUESTS = (("Ada", "Lindqvist"), ("Bruno", "Marchetti"), ("Chiara", "Okafor"))


def id_of(tenant: str, what: str) -> UUID:
    """A well-known id: the same on every machine."""
    return uuid5(_ROOT, f"{tenant}/{what}")


def token(tenant: str, surface: str) -> str:
    """A well-known token."""
    return f"{tenant}-{surface}-token"


def mews_tokens(tenant: str) -> tuple[str, str]:
    """A well-known pair of client token and access token."""
    return f"{tenant}-mews-client-token", f"{tenant}-mews-access-token"


async def seed(engine: Engine) -> None:
    """Founds both tenants and the demo tenant's members; what is there already stays as it is."""
    await found(engine, _demo())
    await found(
        engine,
        _founding(OTHER, "Other program", [(ChannelLink(OTHER_LINK, id_of(OTHER, "program"), shows_tiers=True), True)]),
    )
    caller = Caller(id_of(DEMO, "tenant"), "demo", id_of(DEMO, "seed"))
    for number in (CUSTOMER, SECOND_CUSTOMER):
        await _member(engine, caller, number, CUSTOMER_NAMESPACE, enrols=True)
    await _member(engine, caller, NOT_ENROLLED_CUSTOMER, CUSTOMER_NAMESPACE, enrols=False)
    for first_name, last_name in GUESTS:
        profile = Profile(first_name=first_name, last_name=last_name)
        await _member(engine, caller, first_name.lower(), "demo.guest", profile, enrols=False)
    opened = await finding.account(engine, caller, [Identifier(CUSTOMER_NAMESPACE, CUSTOMER)])
    await posting.post(
        engine,
        Earn(caller=caller, account_id=opened.account_id, at=OPENED_ON, key="demo:opening", points=OPENING_POINTS),
    )


async def _member(
    engine: Engine, caller: Caller, name: str, namespace: str, profile: Profile | None = None, *, enrols: bool
) -> None:
    ask = Enrolment(
        caller=caller,
        at=engine.clock(),
        profile=profile or Profile(),
        namespace=namespace,
        name=name,
        member_id=id_of(DEMO, f"member/{name}"),
    )
    try:
        await (enrolling.enrol if enrols else enrolling.register)(engine, ask)
    except IdentifierTaken:
        return


def _links() -> list[tuple[ChannelLink, bool]]:
    program_id = id_of(DEMO, "program")
    return [
        (ChannelLink(LINK, program_id, shows_tiers=True, store_url=f"{SHOP}/menu"), True),
        (ChannelLink(LINK_WITHOUT_TIERS, program_id, shows_tiers=False), True),
        (ChannelLink(LINK_INACTIVE, program_id, shows_tiers=True), False),
    ]


def _demo() -> Founding:
    program_id = id_of(DEMO, "program")
    plain = _founding(DEMO, "Loyalty program 1", _links())
    partner = NewCredential(
        surface="deliverect",
        name=PARTNER,
        secret=API_KEY,
        scopes=frozenset({"partner"}),
        signing_secrets=(SIGNING_SECRET,),
        is_public=True,
    )
    return replace(
        plain,
        profiles=[ChannelProfile(id=PROFILE, account=ACCOUNT, program_id=program_id)],
        rewards=_rewards(program_id),
        credentials=[*plain.credentials, partner],
    )


def _rewards(program_id: UUID) -> list[Reward]:
    """One of each kind, and a card for those who were given its code."""

    def reward(code: str, title: str, kind: RewardKind, cost: int, **facts: Any) -> Reward:
        id_ = id_of(DEMO, f"reward/{code}")
        return Reward(id=id_, program_id=program_id, code=code, title=title, kind=kind, cost=Decimal(cost), **facts)

    return [
        reward("cookie", "Free cookie", RewardKind.FREE_ITEM, 40, sku="COO-1", min_spend=Decimal(30)),
        reward(
            "3-off",
            "3 off",
            RewardKind.DISCOUNT_AMOUNT,
            60,
            value=Decimal(3),
            min_spend=Decimal(15),
            media_url=f"{SHOP}/3.png",
            media_type="image",
        ),
        reward(
            "half-fries", "Fries at half price", RewardKind.ITEM_DISCOUNT_PERCENTAGE, 70, value=Decimal(50), sku="FRI-1"
        ),
        reward("1-off-soda", "1 off a soda", RewardKind.ITEM_DISCOUNT_AMOUNT, 80, value=Decimal(1), sku="SOD-1"),
        reward("5-burger", "Burger for 5", RewardKind.ITEM_FIXED_PRICE, 90, value=Decimal(5), sku="BRG-1"),
        reward("two-for-one", "Two burgers for one", RewardKind.BUY_ONE_GET_ONE, 100, sku="BRG-1"),
        reward("10-percent", "10 % off", RewardKind.DISCOUNT_PERCENTAGE, 120, value=Decimal(10)),
        reward("table", "The table by the window", RewardKind.CUSTOM, 150, description="Ask at the desk"),
        reward("summer", "Summer of 2020", RewardKind.DISCOUNT_AMOUNT, 200, value=Decimal(5), ends_at=SUMMER_ENDED_ON),
        reward("last-one", "The last mug", RewardKind.FREE_ITEM, 250, sku="MUG-1", stock_left=1),
        reward(
            CARD,
            "We are sorry",
            RewardKind.DISCOUNT_AMOUNT,
            0,
            value=Decimal(5),
            stock_left=1,
            is_listed=False,
            ends_at=CARD_ENDS_ON,
        ),
    ]


def _founding(tenant: str, program: str, links: list[tuple[ChannelLink, bool]]) -> Founding:
    program_id, chain_id = id_of(tenant, "program"), id_of(tenant, "chain")
    return Founding(
        tenant_id=id_of(tenant, "tenant"),
        slug=tenant,
        name=f"The {tenant} merchant",
        chain_id=chain_id,
        programs=[
            Program(
                id=program_id,
                chain_id=chain_id,
                code="LOYALTY",
                name=program,
                earning_descriptions=("Return Listing of CP Earning Rule Descriptions",),
                redemption_descriptions=("Return Listing of CP Redemption Rule Descriptions",),
                points_per_unit=Decimal(100),
                allow_negative=False,
            )
        ],
        tiers=[_bronze(tenant, program_id)],
        links=links,
        credentials=_credentials(tenant),
    )


def _bronze(tenant: str, program_id: UUID) -> Tier:
    return Tier(
        id=id_of(tenant, "tier/bronze"),
        program_id=program_id,
        code="BRONZE",
        name="Bronze",
        description="This is a bronze tier",
        media_url="https://deliverect.com/image.png",
        media_type="image",
        min_lifetime=Decimal(0),
        max_lifetime=Decimal(1000),
        ordering=1,
    )


def _credentials(tenant: str) -> list[NewCredential]:
    named = [
        NewCredential(
            surface=surface,
            name=f"{tenant}-{surface}",
            secret=f"{tenant}-{surface}-secret",
            tokens=(token(tenant, surface),),
            is_public=True,
        )
        for surface in ("native", "counterpoint", "deliverect", "xomni")
    ]
    pair = "\n".join(mews_tokens(tenant))
    mews = NewCredential(
        surface="mews",
        name=f"{tenant}-mews",
        secret=f"{tenant}-mews-secret",
        tokens=(pair,),
        bound_to_chain=True,
        is_public=True,
    )
    return [*named, mews]
