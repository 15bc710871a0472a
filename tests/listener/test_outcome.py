"""What is told of a look, and what was told before."""

from listener.outcome import ToldOnce


def test_a_malformed_post_that_is_read_again_is_told_once() -> None:
    told = ToldOnce()
    assert told.fresh(["post 1: no time", "post 2: no author", "post 1: no time"]) == (
        "post 1: no time",
        "post 2: no author",
    )
    assert told.fresh(["post 1: no time", "post 3: no id"]) == ("post 3: no id",)


def test_what_is_remembered_has_a_bound() -> None:
    told = ToldOnce()
    told.fresh(f"post {number}: no time" for number in range(10_001))
    assert told.fresh(["post 5: no time"]) == ("post 5: no time",)
