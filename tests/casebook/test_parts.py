"""What a source brought, divided into what is filed at once."""

from datetime import timedelta

import pytest

from casebook.mention import Batch
from casebook.parts import FILED_AT_ONCE, in_parts
from tests.casebook.cast import NOW, batch, mention, reply

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("posts", "sizes"),
    [(0, [0]), (1, [1]), (20, [20]), (21, [20, 1]), (40, [20, 20]), (50, [20, 20, 10])],
)
def test_a_batch_is_divided_and_its_last_part_is_known(posts: int, sizes: list[int]) -> None:
    assert FILED_AT_ONCE == 20
    parts = list(in_parts(batch(*(mention(str(number)) for number in range(posts)))))
    assert [len(part) for part, _ in parts] == sizes
    assert [is_last for _, is_last in parts] == [*[False] * (len(sizes) - 1), True]


def filed(brought: Batch) -> list[str]:
    return [post.id for part, _ in in_parts(brought) for post in part]


def test_one_part_is_filed_oldest_first() -> None:
    posts = mention("b", at=NOW), reply("c", "b", at=NOW + SECOND), mention("a", at=NOW - SECOND)
    assert filed(batch(*posts)) == ["a", "b", "c"]


def test_of_several_parts_our_answers_come_first_and_those_of_our_people_last() -> None:
    posts = [mention(f"m{number:03}", at=NOW + number * SECOND) for number in range(60)]
    answers = [reply("r2", "m002", at=NOW + 90 * SECOND), reply("r1", "m001", at=NOW + 80 * SECOND)]
    personal = reply("p", "m003", at=NOW + 5 * SECOND, personal=True)
    order = filed(batch(*posts, *answers, personal))
    assert order == ["r1", "r2", *(post.id for post in posts), "p"]
