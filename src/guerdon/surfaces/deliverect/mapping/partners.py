"""Registrations to answers, and members and accounts as a partner shows them; pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from guerdon.core import programs
from guerdon.core.lots import Lapse
from guerdon.core.members import Member
from guerdon.core.memberships import Membership
from guerdon.core.points import whole
from guerdon.core.programs import ChannelLink, Program
from guerdon.surfaces.deliverect.mapping import USUAL_DIGITS, customers, minor_of, moment
from guerdon.surfaces.deliverect.wire import partners as wire
from guerdon.surfaces.deliverect.wire.customers import Expiration, Picture
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call, Request


def to_profile(call: Call[wire.RegistrationRequest]) -> tuple[str, str]:
    """The profile that is installed, and the merchant's account; an older guide has only the account.

    Raises:
        InvalidField: there is no account.
    """
    account = call.body.account_id or call.body.account
    if account is None:
        raise InvalidField("accountId", "is required", missing=True)
    return call.body.loyalty_profile_id or account, account


def from_registration(call: Call[Any]) -> wire.RegistrationResponse:
    """Where everything is: beside the address that the registration was sent to."""
    here = f"{call.request.base_url}/partner/{call.request.path['partner']}"
    return wire.RegistrationResponse(
        customer_url=f"{here}/customer",
        customer_wallet_url=f"{here}/customer/wallet",
        loyalty_programs_url=f"{here}/programs",
        order_url=f"{here}/order",
        validate_wallet_url=f"{here}/wallet/validate",
        loyalty_validate_programs_url=f"{here}/programs/validate",
        tiers_url=f"{here}/tiers",
        cancel_order_url=f"{here}/cancelOrder",
        oauth_url=f"{here}/oauth",
        oauth_client_id=call.request.path["partner"],
        oauth_client_secret=call.body.api_key,
    )


def token_of(request: Request) -> str | None:
    """The token of a single sign-on, which stands in the place of identifiers."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def from_exchange(token: str | None, at: datetime) -> wire.CodeExchangeResponse:
    """A token for a code.

    Raises:
        InvalidField: the code was not good.
    """
    if token is None:
        raise InvalidField("code", "is not good")
    return wire.CodeExchangeResponse(token, str(int(at.timestamp())))


def from_member(
    member: Member, membership: Membership, link: ChannelLink, tier: programs.Tier | None
) -> wire.PartnerCustomer:
    """A member as a partner's customer: whole points rounded down, always with a status."""
    shown, named = customers.from_member(member, membership, link, tier), None
    if shown.tier is not None:
        media = shown.tier.media
        named = wire.NamedTier(shown.tier.name, shown.tier.description, Picture(media.url, media.media_type))
    return wire.PartnerCustomer(
        provider_id=shown.provider_id,
        status=customers.STATUSES[membership.state],
        accepted_at=moment(member.created_at) or "",
        email=shown.email,
        phone_number=shown.phone_number,
        first_name=shown.first_name,
        last_name=shown.last_name,
        date_of_birth=shown.date_of_birth,
        lifetime_points_balance=shown.lifetime_points_balance,
        balance=whole(membership.balance.available),
        tier=named,
    )


def from_ladder(ladder: Sequence[programs.Tier], link: ChannelLink) -> list[wire.PartnerTier]:
    """The ladder, lowest step first."""
    shown = customers.from_ladder(ladder, link)
    return [wire.PartnerTier(tier.name, tier.description, tier.media, tier.requirements) for tier in shown]


def from_account(membership: Membership, lapses: Sequence[Lapse], program: Program) -> wire.PartnerWallet:
    """What can be spent: here money is in its smallest unit."""
    shown = customers.from_account(membership, lapses, program)
    cash = [Expiration(Decimal(minor_of(each.amount, USUAL_DIGITS)), each.date) for each in shown.cash.expirations]
    return wire.PartnerWallet(
        cash=wire.PartnerCash(shown.cash.balance_amount, cash),
        points=wire.PartnerPoints(shown.points.balance, shown.points.expirations),
    )
