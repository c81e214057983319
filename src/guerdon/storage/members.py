"""Members and their identifiers as rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from guerdon.core.members import Identifier, Listing, Member, MemberFilter, Profile, Roll
from guerdon.storage import queries
from guerdon.storage.queries import Connection, Row

sql = queries.load("members")


class Question(NamedTuple):
    """Who, in a tenant, answers to a value in one of these namespaces? The first that matches counts."""

    tenant_id: UUID
    names: tuple[Identifier, ...]


class Resolved(NamedTuple):
    """A member, the namespace it was found in, and the membership that stands for it."""

    member_id: UUID
    namespace: str
    membership_id: UUID | None
    account_id: UUID | None


class HoldQuestion(NamedTuple):
    """Which account is a tenant's hold on, and is it the member's who answers to the first of these that matches?"""

    tenant_id: UUID
    names: tuple[Identifier, ...]
    hold_id: UUID


class Owned(NamedTuple):
    """A hold's account and its owner, None where there is no such hold; and the member who answers to the names."""

    account_id: UUID | None
    owner_id: UUID | None
    member_id: UUID | None


async def resolve(connection: Connection, questions: Sequence[Question]) -> list[Resolved | None]:
    """Answers many questions; with one query, where the first name of each is the one that somebody answers to."""
    found: list[Resolved | None] = [None] * len(questions)
    names = [(n, question.tenant_id, name) for n, question in enumerate(questions) for name in question.names[:1]]
    await _resolve(connection, names, found)
    if None in found:
        names = [
            (n, question.tenant_id, name)
            for n, question in enumerate(questions)
            if found[n] is None
            for name in question.names[1:]
        ]
        if names:
            await _resolve(connection, names, found)
    return found


async def _resolve(
    connection: Connection, names: Sequence[tuple[int, UUID, Identifier]], found: list[Resolved | None]
) -> None:
    """Looks up names, each with the number of its question; the first of a question that somebody answers to counts."""
    rows = await sql.resolve.rows(
        connection,
        tenant_ids=[tenant for _, tenant, _ in names],
        namespaces=[name.namespace for _, _, name in names],
        canonicals=[name.canonical for _, _, name in names],
    )
    if len(rows) > 1:
        rows.sort(key=_ordinal, reverse=True)
    for row in rows:
        ordinal, member_id, namespace, membership_id, account_id = row
        found[names[ordinal - 1][0]] = Resolved(member_id, namespace, membership_id, account_id)


_ordinal = itemgetter(0)


async def owners(connection: Connection, questions: Sequence[HoldQuestion]) -> list[Owned]:
    """Answers many questions; with one query, where the first name of each is the one that somebody answers to."""
    rows = await sql.owners.rows(
        connection,
        tenant_ids=[question.tenant_id for question in questions],
        hold_ids=[question.hold_id for question in questions],
        namespaces=[question.names[0].namespace for question in questions],
        canonicals=[question.names[0].canonical for question in questions],
    )
    found = [Owned(row["account_id"], row["owner_id"], row["member_id"]) for row in rows]
    left = [n for n, owned in enumerate(found) if owned.member_id is None and len(questions[n].names) > 1]
    if left:
        others = [Question(questions[n].tenant_id, questions[n].names[1:]) for n in left]
        for n, resolved in zip(left, await resolve(connection, others), strict=True):
            found[n] = found[n]._replace(member_id=resolved.member_id if resolved else None)
    return found


async def insert(
    connection: Connection,
    tenant_id: UUID,
    member_id: UUID,
    profile: Profile,
    password_hash: str | None,
    now: datetime,
    *,
    surface: str | None = None,
    is_anonymous: bool = False,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Writes a new member and returns its serial."""
    serial: int = await sql.next_serial.value(connection, tenant_id=tenant_id)
    await sql.insert_member.run(
        connection,
        id=member_id,
        tenant_id=tenant_id,
        serial=serial,
        profile=_known(profile),
        password_hash=password_hash,
        details=details,
        now=now,
        surface=surface,
        is_anonymous=is_anonymous,
    )
    return serial


async def lock(connection: Connection, tenant_id: UUID, member_id: UUID) -> Profile:
    """Locks a member for changing and reads its profile."""
    row = await sql.lock_member.one(connection, tenant_id=tenant_id, id=member_id)
    return Profile(**row["profile"])


async def update(
    connection: Connection,
    tenant_id: UUID,
    member_id: UUID,
    profile: Profile,
    password_hash: str | None = None,
    *,
    now: datetime | None = None,
    surface: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Writes a member's profile; its password hash where one is given, and details of a surface over those it has."""
    await sql.update_member.run(
        connection,
        tenant_id=tenant_id,
        id=member_id,
        profile=_known(profile),
        password_hash=password_hash,
        surface=surface,
        details=details,
        now=now,
    )


async def claim(connection: Connection, tenant_id: UUID, member_id: UUID, identifier: Identifier) -> bool:
    """Gives a member an identifier; False where somebody has it already."""
    return bool(
        await sql.claim_identifier.value(
            connection,
            tenant_id=tenant_id,
            namespace=identifier.namespace,
            canonical=identifier.canonical,
            value=identifier.value,
            member_id=member_id,
        )
    )


async def release(connection: Connection, member_id: UUID, namespace: str, canonical: str | None = None) -> bool:
    """Takes a member's names in a namespace: the one with this canonical form, or with None all; whether it had any."""
    named = {"member_id": member_id, "namespace": namespace, "canonical": canonical}
    return bool(await sql.release_identifiers.value(connection, **named))


async def password_of(connection: Connection, tenant_id: UUID, member_id: UUID) -> str | None:
    """The slow hash of a member's password, or of one that came along by a merge where it has none of its own."""
    stored: str | None = await sql.password_of.value(connection, tenant_id=tenant_id, id=member_id)
    return stored


async def forget(connection: Connection, member_id: UUID, now: datetime, *, profile: bool) -> None:
    """Removes a member's password, and what is known of the person too where that is asked for."""
    await sql.forget_password.run(connection, id=member_id)
    if profile:
        await sql.forget_profile.run(connection, id=member_id, now=now)


async def names_of(connection: Connection, tenant_id: UUID, member_id: UUID) -> list[Identifier]:
    """All names of a member, or of the one that it has gone up in, by namespace; its own before those of others."""
    rows = await sql.names_of.rows(connection, tenant_id=tenant_id, member_id=member_id)
    return [Identifier(row["namespace"], row["value"]) for row in rows]


async def listed(connection: Connection, tenant_id: UUID, roll: Roll, *, after: int | None, limit: int) -> list[Member]:
    """A page of members from the one after this serial, in the order of the roll."""
    rows = await sql.listed.rows(
        connection,
        tenant_id=tenant_id,
        pattern=None if roll.name is None else _beginning(roll.name),
        program_ids=roll.program_ids,
        created_from=roll.created[0],
        created_to=roll.created[1],
        updated_from=roll.updated[0],
        updated_to=roll.updated[1],
        ascending=roll.is_ascending,
        after=after,
        limit=limit,
    )
    return [_member(row) for row in rows]


async def delete_anonymous(connection: Connection, member_id: UUID) -> bool:
    """Deletes a member that is nobody in particular, with its names; False where there is more about it."""
    return bool(await sql.delete_member.value(connection, id=member_id))


async def holder_of(connection: Connection, tenant_id: UUID, identifier: Identifier) -> UUID | None:
    """The member that answers to an identifier."""
    holder: UUID | None = await sql.holder_of.value(
        connection, tenant_id=tenant_id, namespace=identifier.namespace, canonical=identifier.canonical
    )
    return holder


async def by_ids(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> list[Member]:
    """The tenant's members with these ids."""
    return [_member(row) for row in await sql.by_ids.rows(connection, tenant_id=tenant_id, ids=list(ids))]


async def by_serial(connection: Connection, tenant_id: UUID, serial: int) -> UUID | None:
    """The id of the tenant's member with this serial."""
    found: UUID | None = await sql.by_serial.value(connection, tenant_id=tenant_id, serial=serial)
    return found


async def page(
    connection: Connection, tenant_id: UUID, listing: Listing, *, skip: int, take: int
) -> tuple[list[Member], int]:
    """Members of a list by serial, and how many it has in all."""
    which = {
        "tenant_id": tenant_id,
        "namespace": listing.namespace,
        "program_id": listing.program_id,
        "with_anonymous": listing.with_anonymous,
        "created_from": listing.created[0],
        "created_to": listing.created[1],
    }
    rows = await sql.page.rows(connection, **which, skip=skip, take=take)
    return [_member(row) for row in rows], await sql.count_listed.value(connection, **which)


async def serial_of(connection: Connection, tenant_id: UUID, member_id: UUID) -> int | None:
    """The serial of a member of the tenant, whatever has become of it."""
    serial: int | None = await sql.serial_of.value(connection, tenant_id=tenant_id, id=member_id)
    return serial


async def survivors(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Those of the members that have gone up in others, and in whom."""
    rows = await sql.survivors.rows(connection, tenant_id=tenant_id, ids=list(ids))
    return {row["id"]: row["merged_into"] for row in rows}


async def search(
    connection: Connection, tenant_id: UUID, wanted: MemberFilter, *, before: int | None, limit: int
) -> list[Member]:
    """A page of members as they are, newest first, with serials below `before`."""
    ids = wanted.ids
    if wanted.details is not None:
        texts = [msgspec.json.encode(details).decode() for details in wanted.details]
        rows = await sql.with_details.rows(connection, tenant_id=tenant_id, details=texts)
        having = {row["id"] for row in rows}
        ids = list(having if ids is None else having.intersection(ids))
    rows = await sql.search.rows(
        connection,
        tenant_id=tenant_id,
        ids=ids,
        emails=wanted.emails,
        first_names=wanted.first_names,
        last_names=wanted.last_names,
        active=wanted.active,
        merged=wanted.merged,
        created_from=wanted.created[0],
        created_to=wanted.created[1],
        updated_from=wanted.updated[0],
        updated_to=wanted.updated[1],
        merged_from=wanted.merged_at[0],
        merged_to=wanted.merged_at[1],
        before=before,
        limit=limit,
    )
    return [_member(row) for row in rows]


async def named(connection: Connection, tenant_id: UUID, prefix: str, *, limit: int) -> list[Member]:
    """The newest members whose first, last or full name begins so, in any case."""
    rows = await sql.named.rows(connection, tenant_id=tenant_id, pattern=_beginning(prefix), limit=limit)
    return [_member(row) for row in rows]


def _beginning(prefix: str) -> str:
    """The pattern of texts that begin so; PostgreSQL makes its letters small, which has rules of its own for some."""
    escaped = re.sub(r"([\\%_])", r"\\\1", prefix)
    return f"{escaped}%"


def _known(profile: Profile) -> dict[str, str]:
    return {name: value for name, value in asdict(profile).items() if value is not None}


def _member(row: Row) -> Member:
    identifiers = row["identifiers"] or {}
    return Member(
        row["id"],
        row["serial"],
        identifiers.get("number", ""),
        Profile(**row["profile"]),
        row["created_at"],
        identifiers,
        row["surface"],
        row["is_anonymous"],
        row["details"],
        row["changed_at"],
        row["merged_into"],
    )
