"""Tokens, programs as configurations, and where a browser is sent; pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from guerdon.core.points import over, times
from guerdon.core.programs import ChannelLink, Program
from guerdon.surfaces.deliverect.wire import channels as wire
from guerdon.web.failures import InvalidField

DEFAULT_SCOPE = "genericChannel:guerdon"
"""What a credential without scopes is told that it was given."""

GENERIC = 10_000
"""The vendor's number for providers that are none of those that it names."""

LONGEST_URL = 2_000


def from_token(token: str, expires_at: datetime, lifetime: timedelta, scopes: Collection[str]) -> wire.TokenResponse:
    """A token as the token endpoint hands it out."""
    return wire.TokenResponse(
        access_token=token,
        expires_at=int(expires_at.timestamp()),
        expires_in=int(lifetime.total_seconds()),
        scope=" ".join(sorted(scopes)) or DEFAULT_SCOPE,
    )


def from_program(program: Program, link: ChannelLink) -> wire.Configuration:
    """A program as a channel may use it: where points have a price, they are cash too."""
    return wire.Configuration(
        enabled=True,
        provider_name=program.name,
        provider_id=GENERIC,
        external_sign_up_url=None,
        features=wire.Features(
            supports_sso=link.store_url is not None,
            supports_external_sign_up_url=False,
            supports_wallet_points_balance=True,
            supports_wallet_cash_balance=program.points_per_unit is not None,
            supports_bogof_programs=True,
            supports_free_item_programs=True,
            supports_flat_programs=True,
            requires_email=True,
            requires_phone_number=False,
            supports_dynamic_configuration=False,
        ),
        cashback_config=_cashback(program),
    )


def _cashback(program: Program) -> wire.CashbackConfig:
    """What a unit of money earns, as percent of it; the whole of a purchase can be paid with it."""
    if program.points_per_unit is None:
        return wire.CashbackConfig(None, None, [], [])
    percent = int(over(times(program.earning_rate, Decimal(10_000)), program.points_per_unit, 0))
    earning = [wire.EarningRule("cash_back", wire.Reward("percentage", percent))] if percent else []
    burning = [wire.BurningRule("purchase", wire.Cost("percentage", 10_000, None))]
    described = " ".join(program.earning_descriptions) or None
    return wire.CashbackConfig(program.name, described, earning, burning)


def to_location(link: ChannelLink, wanted: str | None, token: str | None) -> str:
    """Where a browser is sent: where it wants to go, if that is a page of the link's shop, else to the shop.

    Args:
        link: the channel link.
        wanted: the address that the browser came with.
        token: what tells the shop who it is; None sends a guest.

    Raises:
        InvalidField: the address is none, or the link has no shop to go to.
    """
    if wanted is not None and (len(wanted) > LONGEST_URL or not wanted.isprintable() or " " in wanted):
        raise InvalidField("returnUrl", "not an address")
    if link.store_url is None:
        raise InvalidField("returnUrl", "the channel link has no page to go to")
    target = wanted if wanted is not None and _is_within(wanted, link.store_url) else link.store_url
    if token is None:
        return target
    parts = urlsplit(target)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), ("auth_token", token)])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def _is_within(address: str, store_url: str) -> bool:
    """Whether an address is of the shop's own scheme, host and port: anything else could be anybody's."""
    if "\\" in address or not address.isascii():
        return False
    try:
        parts, shop = urlsplit(address), urlsplit(store_url)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc) == (shop.scheme, shop.netloc)
