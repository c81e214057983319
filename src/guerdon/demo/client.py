"""What a client needs to talk to the demo tenant, and the first call on each surface as a line to paste."""

import secrets

from guerdon.demo import tenant
from guerdon.demo.tenant import DEMO, OTHER


def facts(base_url: str) -> dict[str, object]:
    """Addresses, credentials and ids of the demo tenant, by surface, and of the tenant that must not see it."""
    client_token, access_token = tenant.mews_tokens(DEMO)
    other_client_token, other_access_token = tenant.mews_tokens(OTHER)
    return {
        "base_url": base_url,
        "deliverect": _ordering(base_url),
        "counterpoint": {
            "base_url": f"{base_url}/counterpoint",
            "token": tenant.token(DEMO, "counterpoint"),
            "user_name": "demo-counterpoint",
            "password": "demo-counterpoint-secret",
            "customer": tenant.CUSTOMER,
            "second_customer": tenant.SECOND_CUSTOMER,
            "not_enrolled_customer": tenant.NOT_ENROLLED_CUSTOMER,
        },
        "mews": {
            "base_url": f"{base_url}/mews",
            "client_token": client_token,
            "access_token": access_token,
            "program_id": str(tenant.id_of(DEMO, "program")),
            "tier_id": str(tenant.id_of(DEMO, "tier/bronze")),
            "account_ids": [str(tenant.id_of(DEMO, f"member/{first.lower()}")) for first, _ in tenant.GUESTS],
        },
        "xomni": {
            "base_url": f"{base_url}/xomni",
            "token": tenant.token(DEMO, "xomni"),
            "user_name": "demo-xomni",
            "password": "demo-xomni-secret",
        },
        "native": {"base_url": f"{base_url}/v1", "token": tenant.token(DEMO, "native")},
        "other_tenant": {
            "deliverect": {"token": tenant.token(OTHER, "deliverect"), "channel_link": tenant.OTHER_LINK},
            "counterpoint": {"token": tenant.token(OTHER, "counterpoint")},
            "mews": {"client_token": other_client_token, "access_token": other_access_token},
            "xomni": {"token": tenant.token(OTHER, "xomni")},
            "native": {"token": tenant.token(OTHER, "native")},
        },
    }


def _ordering(base_url: str) -> dict[str, object]:
    """What an ordering channel needs, and what calls the demo tenant as its loyalty partner."""
    return {
        "base_url": f"{base_url}/deliverect",
        "token": tenant.token(DEMO, "deliverect"),
        "client_id": "demo-deliverect",
        "client_secret": "demo-deliverect-secret",
        "channel_link": tenant.LINK,
        "channel_link_without_tiers": tenant.LINK_WITHOUT_TIERS,
        "channel_link_inactive": tenant.LINK_INACTIVE,
        "shop": tenant.SHOP,
        "account": tenant.ACCOUNT,
        "loyalty_profile": tenant.PROFILE,
        "partner": tenant.PARTNER,
        "api_key": tenant.API_KEY,
        "signing_secret": tenant.SIGNING_SECRET,
        "compensation_card": tenant.CARD,
    }


def first_calls(base_url: str) -> dict[str, str]:
    """One `curl` line for each surface; the people in them are new ones each time, so that every line works."""
    client_token, access_token = tenant.mews_tokens(DEMO)
    name = f"jane.{secrets.token_hex(3)}"
    json = "-H 'Content-Type: application/json'"

    def bearer(surface: str) -> str:
        return f"-H 'Authorization: Bearer {tenant.token(DEMO, surface)}'"

    return {
        "native": f"curl -s '{base_url}/v1/members?identifier={tenant.CUSTOMER_NAMESPACE}:{tenant.CUSTOMER}' "
        f"{bearer('native')}",
        "counterpoint": f"curl -s {base_url}/counterpoint/Loyalty/{tenant.CUSTOMER}/BalanceCheck "
        f"{bearer('counterpoint')}",
        "deliverect": f"curl -s {base_url}/deliverect/loyalty/{tenant.LINK}/customer {bearer('deliverect')} {json} "
        f"""-d '{{"email":"{name}@example.com","firstName":"Jane","dateOfBirth":"1984-03-09"}}'""",
        "mews": f"curl -s {base_url}/mews/api/connector/v1/loyaltyMemberships/getAll {json} "
        f"""-d '{{"ClientToken":"{client_token}","AccessToken":"{access_token}","Client":"curl","""
        """"Limitation":{"Count":10}}'""",
        "xomni": f"curl -s {base_url}/xomni/private/pii/loyalty {bearer('xomni')} {json} "
        f"""-d '{{"UserName":"{name}","EMailAddress":"{name}@example.com","AvailablePoints":20.37076232692728}}'""",
    }
