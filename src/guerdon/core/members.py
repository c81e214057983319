"""A member, the identifiers it answers to, and what is known of the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from guerdon.core.memberships import Interval

NUMBER = "number"
"""Namespace of the number that every member is given at birth."""

EMAIL = "email"
PHONE = "phone"

OURS = frozenset({NUMBER, EMAIL, PHONE})
"""Namespaces in which nobody else gives names: they follow the profile, or are for good."""

NAMESPACE = r"[a-z0-9][a-z0-9._-]{0,63}"
"""What a namespace is called, where it is somebody's own."""

_FOLDED = frozenset({EMAIL})


@dataclass(frozen=True, slots=True)
class Identifier:
    """One name that a member answers to, unique within the tenant and namespace."""

    namespace: str
    value: str

    @property
    def canonical(self) -> str:
        """The form that is compared and kept unique: email addresses and user names without case."""
        folded = self.namespace in _FOLDED or self.namespace.endswith(".username")
        return self.value.casefold() if folded else self.value


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person; None is "not known".

    `date_of_birth` is ISO 8601 text exactly as it was given: a date, or a date-time with any fraction and offset.
    """

    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    email: str | None = None
    phone: str | None = None
    date_of_birth: str | None = None
    gender: str | None = None
    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None

    def updated(self, newer: Self) -> Self:
        """This profile with every known detail of `newer` in place."""
        known = {f.name: v for f in fields(newer) if (v := getattr(newer, f.name)) is not None}
        return replace(self, **known)

    @property
    def display_name(self) -> str | None:
        """The full name, put together from its parts where only they are known."""
        parts = [part for part in (self.first_name, self.last_name) if part]
        return self.full_name or " ".join(parts) or None


@dataclass(frozen=True, slots=True)
class Member:
    """A person (or company) known to a tenant.

    Attributes:
        id: UUID, for surfaces that address members so.
        serial: small integer, unique in the tenant, for surfaces that address members by a number.
        number: the member's public number, digits.
        identifiers: namespace to value, the public number included.
        surface: which one made the member; None where that is not written down.
        is_anonymous: nobody in particular: a visitor or a device that has a name and a password.
        details: by surface, what that surface alone has words for; plain JSON values.
        changed_at: of the profile, the details, or who the member is; None where nothing has changed since.
        merged_into: the member that this one has gone up in.
    """

    id: UUID
    serial: int
    number: str
    profile: Profile
    created_at: datetime
    identifiers: dict[str, str] = field(default_factory=dict)
    surface: str | None = None
    is_anonymous: bool = False
    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    changed_at: datetime | None = None
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """Two members that became one."""

    id: UUID
    member_id: UUID
    absorbed_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which members a list has; by default everybody who is somebody.

    Attributes:
        namespace: who has a name in it, or an active membership in the program; None is all of them.
        program_id: see `namespace`.
        with_anonymous: also those who are nobody in particular.
        created: made from the first moment on and before the second.
    """

    namespace: str | None = None
    program_id: UUID | None = None
    with_anonymous: bool = False
    created: tuple[datetime | None, datetime | None] = (None, None)


EVERYBODY = Listing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """Which members are on a list, and in which order: that in which they were made, or the newest first.

    Attributes:
        name: how the first, last or full name begins, in any case.
        program_ids: who has an active membership in one of them; None is everybody.
        created: when they were made.
        updated: when they were changed last; where nothing has changed, when they were made.
    """

    is_ascending: bool = False
    name: str | None = None
    program_ids: Sequence[UUID] | None = None
    created: Interval = (None, None)
    updated: Interval = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFilter:
    """Which members are wanted; None leaves a filter off.

    Attributes:
        ids: any of these.
        emails: any of these addresses, in any case.
        first_names: any of these, as they are written.
        last_names: likewise.
        details: any of these is part of what is kept for the surface.
        active: those that stand for themselves.
        merged: those that have gone up in others.
        created: when they were made.
        updated: when they were changed last; where nothing has changed, when they were made.
        merged_at: when they went up in others.
    """

    ids: Sequence[UUID] | None = None
    emails: Sequence[str] | None = None
    first_names: Sequence[str] | None = None
    last_names: Sequence[str] | None = None
    details: Sequence[Mapping[str, Any]] | None = None
    active: bool = True
    merged: bool = False
    created: Interval = (None, None)
    updated: Interval = (None, None)
    merged_at: Interval = (None, None)
