"""The real jobs over SQLite, the file source and Slack, in a process that kills itself where it is told to.

    python -m tests.vaste.killed FOLDER [POINT [NTH]]

FOLDER holds config.yaml with two sources, `first` and `later`, looked at in two rounds. At the NTH time that
the jobs pass POINT the process is gone, as if the power had failed.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from casebook.mention import Verdict
from classifier.language import Hint
from classifier.model import Classifier
from tests.fakes import ANGRY
from vaste.clock import WallClock
from vaste.config import load_config
from vaste.jobs import Jobs
from vaste.wiring import is_dead, open_store, wire

ROUNDS = ("first", "later")


class QuickClassifier(Classifier):
    """Finds every post negative, without a model."""

    def judge(self, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> list[Verdict]:
        return [ANGRY for _ in texts]


def main() -> None:
    """Run two rounds of every job, or die on the way."""
    folder, point, nth = (*sys.argv[1:], "", "")[:3]
    jobs = open_jobs(Path(folder))
    jobs.crash = dying_at(point, int(nth or 1))
    jobs.store.release_leases(is_dead)
    jobs.begin()
    for source in ROUNDS:
        jobs.poll(source)
        jobs.triage()
        jobs.match()
        jobs.watch()
        jobs.deliver_all()


def open_jobs(folder: Path) -> Jobs:
    """Wire the jobs as the service does, but for the model and the rest between two messages."""
    config = load_config(folder / "config.yaml", os.environ).config
    if config is None:
        raise SystemExit("the configuration is unusable")
    jobs = wire(config, store=open_store(config), clock=WallClock())
    jobs.classifier = QuickClassifier()
    jobs.pace = timedelta(0)
    for channel in jobs.channels:  # this Slack has no limits, and nobody waits for them here
        setattr(channel, "costs", lambda _: ())  # noqa: B010 - a method, for this object alone
    return jobs


def dying_at(point: str, nth: int) -> Callable[[str], None]:
    """Give what the jobs call at each point."""
    passed = 0

    def crash(name: str) -> None:
        nonlocal passed
        passed += name == point
        if name == point and passed == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return crash


if __name__ == "__main__":
    main()
