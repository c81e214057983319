"""Statements of account as rows: many members' with one query, each from a single snapshot."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from guerdon.core.members import Identifier
from guerdon.core.memberships import Balance
from guerdon.core.points import whole
from guerdon.core.statements import Fold, Known, Line, Promised, Reserved, Statement
from guerdon.storage import ledger, members, queries
from guerdon.storage.members import Question
from guerdon.storage.queries import Connection, Row

sql = queries.load("statements")

NOTHING = Fold(0, 0, None)

_lines = msgspec.json.Decoder(tuple[Line, ...])
"""Lines come as one JSON text: columns of an array each took the driver twice as long."""


class StatementQuestion(msgspec.Struct, frozen=True):
    """What is the statement of a tenant's member, for a window with both its ends in it?

    Attributes:
        tenant_id: the tenant.
        names: of the member, at least one; the first that anybody answers to counts.
        since: the beginning of the window.
        until: its end.
        known: what the one who asks has read already.
    """

    tenant_id: UUID
    names: tuple[Identifier, ...]
    since: datetime
    until: datetime
    known: Known | None = None


async def statements(connection: Connection, questions: Sequence[StatementQuestion]) -> list[Statement | None]:
    """Answers many questions; with one query, where the first name of each is the one that somebody answers to."""
    found: list[Statement | None] = [None] * len(questions)
    await _read(connection, questions, range(len(questions)), [None] * len(questions), found)
    left = [n for n, question in enumerate(questions) if found[n] is None and len(question.names) > 1]
    if left:
        others = [Question(questions[n].tenant_id, questions[n].names[1:]) for n in left]
        known = [(n, r.member_id) for n, r in zip(left, await members.resolve(connection, others), strict=True) if r]
        if known:
            await _read(connection, questions, [n for n, _ in known], [member for _, member in known], found)
    return found


async def _read(
    connection: Connection,
    questions: Sequence[StatementQuestion],
    which: Sequence[int],
    member_ids: Sequence[UUID | None],
    found: list[Statement | None],
) -> None:
    """Puts the statements of some of the questions where their answers belong."""
    rows = await sql.statements.rows(
        connection,
        tenant_ids=[questions[n].tenant_id for n in which],
        member_ids=member_ids,
        namespaces=[questions[n].names[0].namespace for n in which],
        canonicals=[questions[n].names[0].canonical for n in which],
        sinces=[questions[n].since for n in which],
        untils=[questions[n].until for n in which],
        known_ids=[known.account_id if (known := questions[n].known) else None for n in which],
        known_versions=[known.version if (known := questions[n].known) else None for n in which],
    )
    for row in rows:
        found[which[row["ord"] - 1]] = _statement(row)


def _statement(row: Row) -> Statement:
    if row["posted"] is None:
        return Statement(row["identifiers"], None, (), (), None, None, NOTHING, (), ())
    balance = ledger.balance(row)
    is_known = row["is_known"]
    return Statement(
        identifiers=row["identifiers"],
        program=row["name"],
        earning_descriptions=row["earning_descriptions"],
        redemption_descriptions=row["redemption_descriptions"],
        account_id=row["account_id"],
        balance=balance,
        fold=NOTHING if is_known else _fold(balance, row["later"], row["later_points"], row["folded_at"]),
        lines=_lines.decode(row["lines"]) if row["lines"] else (),
        reserved=_reserved(row),
        first_at=row["first_at"],
        is_known=is_known,
        promised=_promised(row),
    )


def _fold(balance: Balance, later: int, later_points: Decimal, latest_at: datetime | None) -> Fold:
    """What came before a window: all that there is, less what came since; shares in whole points add up exactly."""
    return Fold(balance.version - later, whole(balance.posted) - int(later_points), latest_at)


def _reserved(row: Row) -> tuple[Reserved, ...]:
    if row["remaining"] is None:
        return ()
    columns = (row["remaining"], row["hold_days"], row["hold_references"], row["hold_locations"])
    return tuple(map(Reserved._make, zip(*columns, strict=True)))


def _promised(row: Row) -> tuple[Promised, ...]:
    if row["promised"] is None:
        return ()
    columns = (row["promised"], row["promise_days"], row["promise_references"], row["promise_locations"])
    return tuple(map(Promised._make, zip(*columns, strict=True)))
