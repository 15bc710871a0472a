"""What keeps a post that a playbook takes from opening a case: the sample, the cap, the digest. Pure.

All three say why in one line for the decision, so that what was held back can be told from what was missed.
A post that belongs to a case there is already passes: it joins that case as ever.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from casebook.duration import write_duration
from playbooks.playbook import AtMost, Playbook

_OF: Final = 2**64


def held_back(playbook: Playbook, *, key: str, earlier: Sequence[tuple[str, timedelta]]) -> str | None:
    """Say why a post of this key opens no case, or None where it opens one.

    `earlier` are the author's earlier cases: the playbook of each, and how long before this post it began.
    """
    if playbook.digest is not None:
        return f"no case: collected for the {playbook.digest} digest"
    if not is_sampled(key, playbook.sample):
        return f"no case: not in the sample of {playbook.sample:g}"
    cap = playbook.at_most
    return None if cap is None else _capped(cap, [age for name, age in earlier if name == playbook.name])


def is_sampled(key: str, share: float) -> bool:
    """Say whether a post of this key is in a sample: the same answer on every machine, and whenever it is asked.

    A larger sample holds every post of a smaller one.
    """
    if share >= 1:
        return True
    digits = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digits, "big") < share * _OF


def _capped(cap: AtMost, ages: Sequence[timedelta]) -> str | None:
    had = sum(age < cap.within for age in ages)
    if had < cap.per_author:
        return None
    counted = f"{had} case{'s' if had > 1 else ''} of this author within {write_duration(cap.within)}"
    return f"no case: {counted}, at most {cap.per_author}"
