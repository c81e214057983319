"""What a caller may see: the programs that its key is for, or all."""

from uuid import UUID

from guerdon.core.callers import Caller

A, B, C = (UUID(int=number) for number in (1, 2, 3))


def test_a_key_for_some_programs_is_for_those() -> None:
    some = Caller(A, "s", B, program_ids=frozenset({A, B}))
    assert [some.may(each) for each in (A, C)] == [True, False]
    assert [some.seen(wanted) for wanted in (None, [B, C], [C], [])] == [[A, B], [B], [], []]


def test_a_key_for_all_sees_what_is_wanted() -> None:
    every = Caller(A, "s", B)
    assert every.may(C)
    assert [every.seen(wanted) for wanted in (None, [B, C])] == [None, [B, C]]
