"""Tokens, and what a channel may ask of a merchant's loyalty program, as they cross the wire."""

from typing import Literal

from msgspec import Struct

from guerdon.surfaces.deliverect.wire import Name


class TokenRequest(Struct):
    """`POST /oauth/token`; old pages ask for the grant `token`, and clients send many kinds of audience."""

    client_id: Name
    client_secret: str
    grant_type: Literal["client_credentials", "token"]
    audience: str | None = None


class TokenResponse(Struct):
    """`expires_at` in unix seconds; clients keep the token until then."""

    access_token: str
    expires_at: int
    expires_in: int
    scope: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a kind of token


_FEATURES = {
    "supports_sso": "supportsSSO",
    "supports_external_sign_up_url": "supportsExternalSignUpUrl",
    "supports_wallet_points_balance": "supportsWalletPointsBalance",
    "supports_wallet_cash_balance": "supportsWalletCashBalance",
    "supports_bogof_programs": "supportsBOGOFPrograms",
    "supports_free_item_programs": "supportsFreeItemPrograms",
    "supports_flat_programs": "supportsFlatPrograms",
    "requires_email": "requiresEmail",
    "requires_phone_number": "requiresPhoneNumber",
    "supports_dynamic_configuration": "supportsDynamicConfiguration",
}


class Features(Struct, rename=_FEATURES):
    """What the provider can do."""

    supports_sso: bool
    supports_external_sign_up_url: bool
    supports_wallet_points_balance: bool
    supports_wallet_cash_balance: bool
    supports_bogof_programs: bool
    supports_free_item_programs: bool
    supports_flat_programs: bool
    requires_email: bool
    requires_phone_number: bool
    supports_dynamic_configuration: bool


class Reward(Struct):
    """What is earned: percent times 100, or money in the smallest unit."""

    type: Literal["percentage", "fixed"]
    value: int


class EarningRule(Struct):
    """What earns cash."""

    type: Literal["cash_back", "sign_up"]
    reward: Reward


class Cost(Struct, rename="camel"):
    """How much of a purchase may be paid with the wallet: percent times 100, and at most so much money."""

    type: Literal["percentage"]
    value: int
    max_burning_amount: int | None


class BurningRule(Struct):
    """What cash can be used for."""

    type: Literal["purchase"]
    cost: Cost


class CashbackConfig(Struct, rename="camel"):
    """How cash is earned and used; empty where points are not money."""

    title: str | None
    description: str | None
    earning_rules: list[EarningRule]
    burning_rules: list[BurningRule]


class Configuration(Struct, rename="camel"):
    """The provider behind a channel link."""

    enabled: bool
    provider_name: str
    provider_id: int
    external_sign_up_url: str | None
    features: Features
    cashback_config: CashbackConfig
