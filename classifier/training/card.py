"""The model's card, written from the figures that were measured. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

_HEAD: Final = """# {model}

A small network that reads what customers write to companies in Finnish, Swedish and English: how the writer feels (negative, neutral, positive), whether a person should look, what kind of post it is, whether it tells of a dream, a problem or a need, and an embedding of what it is about. One pass gives all. {megabytes} MB, no GPU, no network.

## What it is

- multilingual-e5-small (MIT), its vocabulary trimmed to the three languages. The word embeddings are e5's own. Above them stand two copies of its twelve layers: one was trained, the other is unchanged and gives e5's own embedding.
- Trained on FinnSentiment, XED (fi, sv, en) and GoEmotions, then on Vaste's own corpus of care posts with a replay of the former. The names and licences behind them stand in the NOTICE file at the top of the project. `docs/training.md` tells how; `make model` does it again.
- Reads at most 96 tokens, some 400 characters; the rest of a longer post is not judged, and the verdict says `cut`.
- In training, and so here: HTML entities undone, links become `http`, @names become `@user`, white space is folded.
- 7-bit matrices, and in 4 bits the word embeddings and the layers that were not trained, in one ONNX graph. Sentiment is free of priors until `classifier.prior` says how often each class occurs where it is used.
- Calibrated per language on posts that it was neither trained nor tested on (`calibration.json`).

## How right it is

On the part of the corpus that was set apart before any training ({rows} posts, most of them written to be hard, many in pairs that differ in one detail; two readers agree on the sentiment of 98 of 100):
"""
_FOOT: Final = """
The public sets were made of other posts by other rules; these are their parts kept apart:
"""
_LIMITS: Final = """
## What to keep in mind

- The corpus was written for this purpose, by writers who each have a manner, and the test batches are by the same writers. Measure on posts of your own: `vaste evaluate FILE`.
- The rows of the table by what makes a post hard say where it errs. Irony carried by a fact of the world alone and mixed feelings are the hardest.
- It was not trained on posts of X.
- Each post is judged alone: in a batch, 8-bit inputs are scaled by the loudest post, and a verdict would hang on its neighbours.
"""


def as_card(figures: Mapping[str, Any], model: str) -> str:
    """Put the figures of `bundle.finish` into a page."""
    care = figures["care"]
    head = _HEAD.format(model=model, megabytes=figures["megabytes"], rows=care["all"]["rows"])
    return "\n".join(
        (head, *_care(care), "", *_hard(care["hard"]), _FOOT, *_public(figures["public"]), _LIMITS)
    )


def _care(care: Mapping[str, Any]) -> Iterable[str]:
    yield "| language | posts | accuracy | macro-F1 (95 %) | calibration error | attention AUC | its precision at recall .95 |"
    yield "|---|---|---|---|---|---|---|"
    for name in ("fi", "sv", "en", "all"):
        one = care[name]
        low, high = one["interval"]
        yield (
            f"| {name} | {one['rows']} | {_short(one['accuracy'])} | {_short(one['macro_f1'])} "
            f"({_short(low)} to {_short(high)}) | {_short(one['calibration_error'])} "
            f"| {_short(one['attention_auc'])} | {_short(one['attention_precision_at_recall_95'])} |"
        )
    yield ""
    yield f"Kinds of posts (16): macro-F1 {_short(care['all']['kind_macro_f1'])}."


def _hard(hard: Mapping[str, Any]) -> Iterable[str]:
    yield "| what makes it hard | posts | accuracy |"
    yield "|---|---|---|"
    for name, one in hard.items():
        yield f"| {name.replace('_', ' ')} | {one['rows']} | {_short(one['accuracy'])} |"


def _public(sets: Mapping[str, Any]) -> Iterable[str]:
    yield "| set | rows | accuracy, macro-F1, macro-recall without a prior | with the set's own |"
    yield "|---|---|---|---|"
    for name, one in sets.items():
        both = (
            "/".join(_short(one[kind][figure]) for figure in ("accuracy", "macro_f1", "macro_recall"))
            for kind in ("balanced", "prior")
        )
        yield f"| {name} | {one['rows']} | {' | '.join(both)} |"


def _short(figure: float | None) -> str:
    """`.783`, as figures of a share are written in the docs."""
    return "–" if figure is None else f"{figure:.3f}".removeprefix("0")
