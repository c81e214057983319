"""Redemptions as they are looked for and shown: with what people call the reward, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from guerdon.core.rewards import Redemption


class Shown(NamedTuple):
    """A redemption with what people call its reward, the code that was handed out, and whose it is."""

    redemption: Redemption
    reward_code: str | None
    title: str | None
    voucher: str | None
    membership_id: UUID | None
    member_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionFilter:
    """Which redemptions are wanted at a moment; None leaves a filter off. Reserved from `since` on, before `until`."""

    at: datetime
    program_ids: Sequence[UUID] | None = None
    membership_id: UUID | None = None
    member_id: UUID | None = None
    reward_id: UUID | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
