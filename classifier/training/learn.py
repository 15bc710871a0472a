"""The training itself: batches of like lengths, losses that know each set's prior, pairs that pull apart.

1. Texts are brought to the model's spelling once; at each pass some are damaged as thumbs damage them
   (`rough`), so that neither dots nor capitals nor end marks carry the label.
2. A batch holds posts of like lengths, about as many tokens as the last (no padding to speak of). Contrast
   pairs of our corpus go into one batch.
3. The loss of sentiment is cross entropy on the logits plus the logarithm of the set's own prior. So a set in
   which three posts of four are neutral does not teach that posts are neutral: the logits come out free of
   priors (logit adjustment, Menon et al. 2021).
4. Attention, kind, HOT, urgency and what makes a post hard are learnt beside it, where a set knows them.
5. A contrast pair adds a loss of its own: between the two posts, the difference of the logits of their two
   labels must point the right way.
"""

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from classifier.reading import read_post
from classifier.training import corpus
from classifier.training.network import HEADS, Network, bias_of, padded

SENTIMENTS: Final = ("negative", "neutral", "positive")
HOTS: Final = ("dream", "problem", "need", "none")
UNKNOWN: Final = -100
"""The label of what a set does not say; cross entropy leaves it out."""
LONGEST: Final = 96
"""Tokens of a post, marks of beginning and end included."""

WEIGHTS: Final = {
    "sentiment": 1.0,
    "attention": 0.4,
    "kind": 0.4,
    "hot": 0.15,
    "urgency": 0.15,
    "hard": 0.15,
    "emotion": 0.3,
}
PAIR_WEIGHT: Final = 0.3


@dataclass(frozen=True, slots=True)
class Sample:
    """One post as the network is to answer it; a label that nobody gave is UNKNOWN (or None)."""

    text: str
    source: str
    sentiment: int = UNKNOWN
    attention: float | None = None
    kind: int = UNKNOWN
    hot: int = UNKNOWN
    urgency: int = UNKNOWN
    hard: int = UNKNOWN
    emotions: tuple[float, ...] | None = None
    pair: str | None = None
    weight: float = 1.0


def care_sample(post: corpus.CarePost) -> Sample:
    """Turn a post of our own corpus into a sample; what two readers doubted weighs less."""
    labels = post.labels
    return Sample(
        text=read_post(post.text).text,
        source="care",
        sentiment=SENTIMENTS.index(labels.sentiment),
        attention=0.5 if "attention" in post.doubted else float(labels.attention),
        kind=UNKNOWN if "kind" in post.doubted else corpus.KINDS.index(labels.kind),
        hot=UNKNOWN if "hot" in post.doubted else HOTS.index(labels.hot),
        urgency=labels.urgency,
        hard=UNKNOWN if "hard" in post.doubted else corpus.HARD.index(labels.hard),
        pair=post.pair,
        weight=0.5 if "sentiment" in post.doubted else 1.0,
    )


def public_sample(post: corpus.PublicPost) -> Sample:
    """Turn a post of a public set into a sample."""
    return Sample(
        text=read_post(post.text).text,
        source=post.source,
        sentiment=SENTIMENTS.index(post.sentiment) if post.sentiment else UNKNOWN,
        emotions=None
        if post.emotions is None
        else tuple(float(name in post.emotions) for name in corpus.EMOTIONS),
    )


def priors_of(samples: Sequence[Sample]) -> dict[str, Tensor]:
    """Give the logarithm of the shares of the three classes in each set."""
    counts: dict[str, list[int]] = {}
    for sample in samples:
        row = counts.setdefault(sample.source, [1, 1, 1])
        if sample.sentiment != UNKNOWN:
            row[sample.sentiment] += 1
    return {name: (torch.tensor(row) / sum(row)).log() for name, row in counts.items()}


_DOTS: Final = str.maketrans("äöåÄÖÅ", "aoaAOA")
_END: Final = re.compile(r"[.!?…\s]+$")
_EMOJI: Final = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]+")


def rough(text: str, dice: random.Random) -> str:
    """Damage a text as hurried people do; most texts stay as they are."""
    chance = dice.random()
    if chance < 0.12:  # noqa: PLR2004 - shares of damage, tried out
        text = text.translate(_DOTS)
    elif chance < 0.20:  # noqa: PLR2004
        text = _slip(text, dice)
    if dice.random() < 0.15:  # noqa: PLR2004
        text = text.lower()
    elif dice.random() < 0.03:  # noqa: PLR2004
        text = text.upper()
    if dice.random() < 0.25:  # noqa: PLR2004
        text = _END.sub("", text) + dice.choice(["", "", "!", ".", "!!", "..."])
    if dice.random() < 0.15:  # noqa: PLR2004
        text = " ".join(_EMOJI.sub(" ", text).split()) or text
    return text


def _slip(text: str, dice: random.Random) -> str:
    letters = list(text)
    for _ in range(1 + len(letters) // 60):
        at = dice.randrange(max(len(letters) - 1, 1))
        if at + 1 < len(letters) and letters[at].isalpha() and letters[at + 1].isalpha():
            what = dice.randrange(3)
            if what == 0:
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            elif what == 1:
                del letters[at]
            else:
                letters.insert(at, letters[at])
    return "".join(letters)


@dataclass(frozen=True, slots=True)
class Plan:
    """One stretch of the training."""

    name: str
    samples: tuple[Sample, ...]
    passes: int
    rate: float
    """Highest learning rate of the upmost layer."""
    again: tuple[Sample, ...] = ()
    """What was learnt before and must not be forgotten."""
    share: Mapping[str, float] = field(default_factory=dict)
    """How much of `again` each pass reads, by source; every pass reads other posts until all were read."""
    tokens: int = 1_024
    """Of a batch."""
    new: float = 5.0
    """How many times faster what did not come from e5 (heads, gist, pool) learns."""
    variants: int = 2
    """How many kinds of damage a text gets; later passes take them in turn."""
    decay: float = 0.9
    """Each layer below learns by this factor slower."""
    warm: float = 0.06
    floor: float = 0.05
    drop: float = 0.1
    pairs: bool = True
    rough: bool = True
    smoothing: float = 0.0


@dataclass(slots=True)
class Progress:
    """What has been seen of a plan."""

    done: int = 0
    of: int = 0
    loss: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)


Encode = Callable[[list[str]], list[list[int]]]


def batches(
    encoded: Sequence[Sequence[int]], pairs: Sequence[str | None], *, tokens: int, dice: random.Random
) -> list[list[int]]:
    """Spread samples over batches of like lengths; samples of one pair stay together.

    Gives lists of positions, in random order.
    """
    groups: dict[str, list[int]] = {}
    for at, pair in enumerate(pairs):
        groups.setdefault(pair or f"-{at}", []).append(at)
    lengths = {
        name: max(len(encoded[at]) for at in group) + dice.random() * 6 for name, group in groups.items()
    }
    found: list[list[int]] = []
    batch: list[int] = []
    for name in sorted(groups, key=lambda name: lengths[name]):
        longest = max([int(lengths[name]), *(len(encoded[at]) for at in groups[name])])
        if batch and (len(batch) + len(groups[name])) * longest > tokens:
            found.append(batch)
            batch = []
        batch.extend(groups[name])
    found.append(batch)
    dice.shuffle(found)
    return found


def train(network: Network, plan: Plan, encode: Encode, *, seed: int) -> Iterator[Progress]:
    """Train through a plan, in place; tells of every step."""
    dice = random.Random(seed)
    torch.manual_seed(seed)
    priors = priors_of([*plan.samples, *plan.again])
    optimizer = torch.optim.AdamW(_groups(network, plan), betas=(0.9, 0.98), weight_decay=0.01)
    peaks = [group["lr"] for group in optimizer.param_groups]
    queue = [step for number in range(plan.passes) for step in _one_pass(plan, encode, number, seed, dice)]
    lower = _Lower(network, keep=plan.passes > plan.variants)
    progress = Progress(of=len(queue))
    network.train()
    for samples, encoded in queue:
        factor = _pace(progress.done / progress.of, plan)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * factor
        answers = network.read(*lower.read(encoded), drop=plan.drop)
        parts = losses(answers, samples, priors, plan=plan)
        loss = sum(
            (weight * parts[name] for name, weight in WEIGHTS.items() if name in parts), torch.zeros(())
        )
        loss = loss + PAIR_WEIGHT * parts.get("pair", torch.zeros(()))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], 1.0)
        optimizer.step()
        progress.done += 1
        now = float(loss.detach())
        progress.loss = 0.98 * progress.loss + 0.02 * now if progress.loss else now
        for name, value in parts.items():
            seen = progress.parts.get(name)
            now = float(value.detach())
            progress.parts[name] = now if seen is None else 0.98 * seen + 0.02 * now
        yield progress
    network.eval()


class _Lower:
    """What the layers that do not learn give for texts, kept (in half precision) for the passes to come."""

    def __init__(self, network: Network, *, keep: bool) -> None:
        self._network = network
        self._keep = keep
        self._kept: dict[tuple[int, ...], Tensor] = {}

    @torch.no_grad()
    def read(self, encoded: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor]:
        """Give hidden states, attention's bias and the mask of a batch."""
        posts = padded(encoded)
        keys = [tuple(ids) for ids in encoded]
        if not all(key in self._kept for key in keys):
            x, bias = self._network.lower(posts.ids, posts.mask)
            if self._keep:
                self._kept.update(
                    (key, x[row, : len(key)].to(torch.float16, copy=True)) for row, key in enumerate(keys)
                )
            return x, bias, posts.mask
        x = torch.zeros(*posts.ids.shape, self._network.shape.hidden)
        for row, key in enumerate(keys):
            x[row, : len(key)] = self._kept[key]
        return x, bias_of(posts.mask), posts.mask


def _one_pass(
    plan: Plan, encode: Encode, number: int, seed: int, dice: random.Random
) -> list[tuple[list[Sample], list[list[int]]]]:
    damage = random.Random(seed * 1_000 + number % plan.variants)
    samples = [*plan.samples, *(sample for sample in plan.again if _falls_to(sample, plan.share, number))]
    texts = [rough(sample.text, damage) if plan.rough else sample.text for sample in samples]
    encoded = [shortened(ids) for ids in encode(texts)]
    pairs = [sample.pair if plan.pairs else None for sample in samples]
    return [
        ([samples[at] for at in batch], [encoded[at] for at in batch])
        for batch in batches(encoded, pairs, tokens=plan.tokens, dice=dice)
    ]


def _falls_to(sample: Sample, share: Mapping[str, float], number: int) -> bool:
    """Say whether it is this pass's turn to read a sample again."""
    mine = share.get(sample.source, 0.0)
    return (corpus.share_of(sample.text) - number * mine) % 1.0 < mine


def shortened(ids: list[int]) -> list[int]:
    """Cut to the longest that the model reads; the last mark ends every text."""
    return [*ids[: LONGEST - 1], ids[-1]] if len(ids) > LONGEST else ids


def _pace(done: float, plan: Plan) -> float:
    if done < plan.warm:
        return done / plan.warm
    return plan.floor + (1 - plan.floor) * 0.5 * (
        1 + math.cos(math.pi * (done - plan.warm) / (1 - plan.warm))
    )


def _groups(network: Network, plan: Plan) -> list[dict[str, object]]:
    tops: list[dict[str, object]] = []
    for at, layer in enumerate(network.care):
        if parameters := [p for p in layer.parameters() if p.requires_grad]:
            tops.append({"params": parameters, "lr": plan.rate * plan.decay ** (len(network.care) - 1 - at)})
    for at, layer in enumerate(network.shared):
        if parameters := [p for p in layer.parameters() if p.requires_grad]:
            below = len(network.care) + len(network.shared) - 1 - at
            tops.append({"params": parameters, "lr": plan.rate * plan.decay**below})
    new = [
        parameter
        for part in (network.pool, network.gist, network.heads, network.plain)
        for parameter in part.parameters()
    ]
    return [*tops, {"params": new, "lr": plan.rate * plan.new}]


def losses(
    answers: Mapping[str, Tensor], samples: Sequence[Sample], priors: Mapping[str, Tensor], *, plan: Plan
) -> dict[str, Tensor]:
    """Give the mean loss of each answer over the samples whose label is known."""
    found: dict[str, Tensor] = {}
    weights = torch.tensor([sample.weight for sample in samples])
    prior = torch.stack([priors[sample.source] for sample in samples])
    labels = torch.tensor([sample.sentiment for sample in samples])
    if (labels != UNKNOWN).any():
        each = functional.cross_entropy(
            answers["sentiment"] + prior, labels, reduction="none", label_smoothing=plan.smoothing
        )
        found["sentiment"] = (each * weights).sum() / weights[labels != UNKNOWN].sum()
    for name in ("kind", "hot", "urgency", "hard"):
        labels = torch.tensor([getattr(sample, name) for sample in samples])
        if (labels != UNKNOWN).any():
            found[name] = functional.cross_entropy(answers[name], labels)
    rows = [at for at, sample in enumerate(samples) if sample.attention is not None]
    if rows:
        wanted = torch.tensor([samples[at].attention for at in rows])
        found["attention"] = functional.binary_cross_entropy_with_logits(
            answers["attention"][rows, 0], wanted
        )
    rows = [at for at, sample in enumerate(samples) if sample.emotions is not None]
    if rows:
        wanted = torch.tensor([samples[at].emotions for at in rows])
        found["emotion"] = functional.binary_cross_entropy_with_logits(answers["emotion"][rows], wanted)
    if plan.pairs and (pulled := _pull(answers["sentiment"], samples)) is not None:
        found["pair"] = pulled
    return found


def _pull(logits: Tensor, samples: Sequence[Sample]) -> Tensor | None:
    """Loss of contrast pairs: one post's margin of its label over the other's must exceed the other post's."""
    by_pair: dict[str, list[int]] = {}
    for at, sample in enumerate(samples):
        if sample.pair is not None and sample.sentiment != UNKNOWN:
            by_pair.setdefault(sample.pair, []).append(at)
    terms = []
    for group in by_pair.values():
        for first, one in enumerate(group):
            for other in group[first + 1 :]:
                mine, theirs = samples[one].sentiment, samples[other].sentiment
                if mine != theirs:
                    apart = (logits[one, mine] - logits[one, theirs]) - (
                        logits[other, mine] - logits[other, theirs]
                    )
                    terms.append(functional.softplus(2.0 - apart))
    return torch.stack(terms).mean() if terms else None


@torch.no_grad()
def answer(
    network: Network, texts: Sequence[str], encode: Encode, *, tokens: int = 4_096
) -> dict[str, Tensor]:
    """Give the logits of every head for texts in the model's spelling, in their order."""
    network.eval()
    encoded = [shortened(ids) for ids in encode(list(texts))]
    order = batches(encoded, [None] * len(texts), tokens=tokens, dice=random.Random(0))
    found = {name: torch.empty(len(texts), size) for name, size in HEADS.items()}
    for batch in order:
        posts = padded([encoded[at] for at in batch])
        x, bias = network.lower(posts.ids, posts.mask)
        for name, values in network.read(x, bias, posts.mask).items():
            found[name][batch] = values
    return found
