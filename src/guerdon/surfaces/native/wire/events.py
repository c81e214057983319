"""Events as they cross the wire."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Location, MembershipId, ProgramId, RuleVersion
from guerdon.surfaces.native.wire.orders import Channel, HappenedAt, OrdersQuery, OwnId

Name = Annotated[str, Meta(min_length=1, max_length=64, examples=["review"])]


class EventsQuery(OrdersQuery, kw_only=True):
    """Which events, the last that were told of first."""

    name: Annotated[Name, Meta(description="Those with the name.")] | UnsetType = UNSET


class Happened(Struct, kw_only=True):
    """Something a member did that the program's rules know by its name."""

    name: Name
    fields: Annotated[
        dict[str, Any],
        Meta(
            description="By name: texts, numbers, true or false, as the rule set says of the event.",
            examples=[{"stars": 5}],
        ),
    ] = {}
    at: HappenedAt | None = None
    location: Location | None = None
    channel: Channel | None = None
    referred_by: Annotated[UUID, Meta(description="The membership of who referred the member.")] | None = None


class EventRequest(Happened, kw_only=True):
    """Something a member did."""

    reference: OwnId
    membership_id: MembershipId


class EventPreviewRequest(Happened, kw_only=True):
    """Something that might happen, on a day ahead too: of a member, or of anybody in a program."""

    membership_id: MembershipId | None = None
    program_id: Annotated[ProgramId, Meta(description="In the place of a membership: a guest.")] | None = None
    rule_version: Annotated[RuleVersion, Meta(description="A draft, say; without it, the live one.")] | None = None
