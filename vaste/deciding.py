"""One configuration made ready to decide history again: for `vaste replay`, and for a report that is asked for it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import notifier.registry
from casebook.past import Past
from casebook.store import Store
from classifier.model import ModelUnavailable
from vaste.config import Config
from vaste.decided import Decided
from vaste.desk import Desk
from vaste.legible import as_scored, reads_words
from vaste.lessons import ground_of, standing
from vaste.replay import decide_again, for_replay
from vaste.standing import teams_at
from vaste.wiring import desk_of, open_classifier


@dataclass(frozen=True, slots=True)
class Deciding:
    """One configuration, ready to decide."""

    config: Config
    desk: Desk
    learnt: Mapping[str, float]
    """Thresholds of topics that the team's corrections taught."""
    bystander: Callable[[int], bool]
    now: datetime
    wrong: tuple[str, ...] = ()
    """What is wrong with its rotas."""

    @property
    def reads_words(self) -> bool:
        """Some playbook asks for words of a post."""
        return any(reads_words(playbook.match) for playbook in self.config.playbooks)

    def scored(self, past: Past) -> tuple[Past, Counter[str]]:
        """Give a past in which topics hold by this configuration, and how many posts lack a score of which."""
        lacking: Counter[str] = Counter()
        judged = []
        for one in past.judged:
            verdict, missing = as_scored(one.verdict, self.config.topics, self.learnt)
            lacking.update(missing)
            judged.append(one if verdict is one.verdict else replace(one, verdict=verdict))
        return replace(past, judged=tuple(judged)), lacking

    def decided(self, past: Past) -> Decided:
        """Decide a customer's posts."""
        return decide_again(past, self.desk, bystander=self.bystander, now=self.now)


def deciding(store: Store, config: Config, *, now: datetime) -> Deciding:
    """Make a configuration ready; the record says who stood in then, who was away, and what was learnt."""
    direct = notifier.registry.KINDS[config.channels[0].kind].direct
    teams, wrong = teams_at(config, store, now=now, web=False)
    desk = for_replay(replace(desk_of(config, direct=direct), teams=teams))
    return Deciding(config, desk, _learnt(store, config), store.is_bystander, now, tuple(wrong))


def _learnt(store: Store, config: Config) -> Mapping[str, float]:
    try:
        model = open_classifier(config).model_id
    except ModelUnavailable:
        return {}  # verdicts are read all the same; no lesson holds without its model
    return standing(store, ground_of(config, model)).thresholds.topics
