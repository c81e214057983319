"""Campaigns as the native API shows them; pure."""

import re
from typing import Any

from guerdon.core.refusals import CampaignNotFound
from guerdon.core.rules.campaigns import left_of
from guerdon.engine.campaigning import Shown
from guerdon.surfaces.native.mapping import shown
from guerdon.surfaces.native.wire import campaigns as wire
from guerdon.web.operations import Call

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def code(text: str) -> str:
    """The code of a campaign.

    Raises:
        ValueError: it can be none.
    """
    if not _CODE.fullmatch(text):
        raise ValueError(text)
    return text


def code_of(call: Call[Any]) -> str:
    """The code in the path; a text that can be none is the code of nothing.

    Raises:
        CampaignNotFound: it can be none.
    """
    text = call.request.path["code"]
    if not _CODE.fullmatch(text):
        raise CampaignNotFound(text[:100])
    return text


def from_campaign(found: Shown) -> wire.Campaign:
    """A campaign as it stands."""
    campaign, total = found.campaign, found.total
    left = left_of(campaign, total.given)
    return wire.Campaign(
        program_id=found.program_id,
        code=campaign.code,
        name=campaign.name,
        state=found.state.value,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        budget=campaign.budget,
        given=shown(total.given),
        left=None if left is None else shown(left),
        orders=total.orders,
        rule_version=found.version,
        rules=list(found.rules),
    )
