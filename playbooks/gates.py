"""What keeps a post that a playbook takes from opening a case: the sample, the cap, the digest. Pure.

All three say why for the decision, so that what was held back can be told from what was missed.
A post that belongs to a case there is already passes: it joins that case as ever.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from casebook.grounds import Ground, ground
from playbooks.playbook import AtMost, Playbook

_OF: Final = 2**64


def held_back(playbook: Playbook, *, key: str, earlier: Sequence[tuple[str, timedelta]]) -> Ground | None:
    """Say why a post of this key opens no case, or None where it opens one.

    `earlier` are the author's earlier cases: the playbook of each, and how long before this post it began.
    """
    if playbook.digest is not None:
        return ground("held.digest", digest=playbook.digest)
    if not is_sampled(key, playbook.sample):
        return ground("held.sample", share=playbook.sample)
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


def _capped(cap: AtMost, ages: Sequence[timedelta]) -> Ground | None:
    had = sum(age < cap.within for age in ages)
    if had < cap.per_author:
        return None
    return ground("held.cap", had=had, most=cap.per_author, within_s=int(cap.within.total_seconds()))
