"""Models of somebody else: a folder of transformers' files, or a name on the hub, judged as our own is.

1. What the configuration names is opened at the first post, or at `warm`: a folder with model.onnx by ONNX
   Runtime; a folder with safetensors, or a name on the hub, by transformers with torch, which are an extra.
2. The model's own classes become ours (`classes`); topics, language and attention are added as for ours.
3. Each post goes through the model alone, for the reasons told in `model`.

The files of others are not trusted: no code of theirs is run, weights are read from ONNX and safetensors
only, never from pickles, and nothing is fetched unless the configuration says `fetch: true`.
"""

import hashlib
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from casebook.mention import Sentiment, Verdict
from classifier import labels
from classifier.classes import Chances, UnknownClasses, chances_of, meanings_of
from classifier.language import Hint, language_of
from classifier.model import Classifier, ModelUnavailable, encoder_of, open_session, quiet_import
from classifier.reading import Reading, read_post
from classifier.topics import Topic, topics_held

BUNDLED: Final = "bundled"
EXTRA: Final = "models"
"""The optional part of our installation that brings torch."""

_OURS: Final = "labels.json"
_ONNX: Final = ("model.onnx", "onnx/model.onnx")
_MOST_TOKENS: Final = 512
_UNKNOWN_SHARE: Final = 0.5
_HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?")
_HUB: Final = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "error",  # its retries are told on stderr otherwise; we tell the outcome
}
"""How the hub's library is to behave."""
_SHOWN: Final = 200
"""Characters shown of what a library says is wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The model that a configuration asks for."""

    model: str = BUNDLED
    """`bundled`, a folder's path, or an id on the hub."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The meanings of the model's classes that we don't recognise by their names."""
    fetch: bool = False
    """A model on the hub may be fetched; otherwise it must be in the local cache."""
    revision: str | None = None
    """Of the model on the hub; without it the newest there is."""

    @property
    def folder(self) -> Path | None:
        """The folder, where the model is one."""
        return Path(self.model) if is_path(self.model) else None


def is_path(model: str) -> bool:
    """Say whether this names a folder: it begins with a slash, a dot or a tilde."""
    return model.startswith(("/", ".", "~")) or Path(model).is_absolute()


def is_hub_id(model: str) -> bool:
    """Say whether this has the form of a name on the hub: `owner/name`, or a name alone."""
    return model != BUNDLED and _HUB_ID.fullmatch(model) is not None


def open_model(
    wanted: Wanted,
    *,
    topics: Sequence[Topic] = (),
    abstain_below: float = 0.5,
    prior: tuple[float, float, float] | None = None,
    threads: int | None = None,
) -> Classifier:
    """Give the classifier that a configuration asks for; nothing is loaded yet, and nothing can fail.

    `prior` moves a model of ours; what somebody else's probabilities already take for granted is not known.
    """
    folder = None if wanted.model == BUNDLED else wanted.folder
    if wanted.model == BUNDLED or (folder is not None and (folder / _OURS).exists()):
        return Classifier(folder, topics=topics, abstain_below=abstain_below, prior=prior, threads=threads)
    return ForeignClassifier(wanted, topics=topics, abstain_below=abstain_below, threads=threads)


def trouble_of(wanted: Wanted) -> str | None:
    """Say what is wrong with a model as far as that is seen without loading it and without the network."""
    try:
        if wanted.model == BUNDLED or (wanted.folder is not None and (wanted.folder / _OURS).exists()):
            _ = open_model(wanted).model_id
        elif wanted.folder is not None:
            _look_at(wanted, wanted.folder)
        else:
            _need_torch(wanted)
            if not wanted.fetch:
                with _told(wanted):
                    config = _transformers().AutoConfig.from_pretrained(wanted.model, **_where(wanted))
                    _meanings(wanted, config.id2label)
    except ModelUnavailable as error:
        return str(error)
    return None


class ForeignClassifier(Classifier):
    """Judges posts with somebody else's model of sentiment; everything else is as in Classifier.

    Attention is derived from sentiment, questions and topics. The model id is the name of the folder with
    the first 8 digits of its weights' checksum, or the hub's id with those of the revision; to name it, the
    model is loaded. Topics are told by their words alone.
    """

    has_vectors = False

    def __init__(
        self,
        wanted: Wanted,
        *,
        topics: Sequence[Topic] = (),
        abstain_below: float = 0.5,
        threads: int | None = None,
    ) -> None:
        super().__init__(topics=topics, abstain_below=abstain_below, threads=threads)
        self._wanted = wanted
        self._theirs: _Opened | None = None

    @cached_property
    def model_id(self) -> str:
        """Name and revision of the model. Raises ModelUnavailable."""
        return self._open().name

    def judge(self, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> list[Verdict]:
        """Judge each text; the result has the same length and order. Raises ModelUnavailable."""
        if hints is not None and len(hints) != len(texts):
            raise ValueError(f"{len(hints)} hints for {len(texts)} texts; give one for each, or none")
        if not texts:
            return []
        opened = self._open()
        readings = [read_post(text) for text in texts]
        outputs = opened.read([reading.text for reading in readings], threads=self._threads)
        return [
            self._say(text, reading, output, hint)
            for text, reading, output, hint in zip(
                texts, readings, outputs, hints or [None] * len(texts), strict=True
            )
        ]

    def _open(self) -> "_Opened":
        with self._lock:  # the others wait for the one that loads
            if self._theirs is None:
                self._theirs = _open(self._wanted)
            return self._theirs

    def _say(self, text: str, reading: Reading, output: "_Output", hint: Hint) -> Verdict:
        language = language_of(reading.plain, hint)
        scores = self._topic_index.score(text)
        held = topics_held(scores, self._topics)
        chances = (0.0, 1.0, 0.0) if reading.is_blank else output.chances
        is_ours = language != "other" or not any(character.isalpha() for character in reading.plain)
        readable = not reading.is_blank and output.unknown < _UNKNOWN_SHARE and is_ours
        best_topic = max((scores[name] for name in held), default=0.0)
        return Verdict(
            *chances,
            attention=labels.attention(chances[0], asks=reading.asks, topic=best_topic),
            topics=scores,
            topics_held=held,
            language=language,
            abstained=labels.abstains(chances, abstain_below=self._abstain_below, readable=readable),
            model=self.model_id,
            cut=reading.cut or output.cut,
        )


@dataclass(frozen=True, slots=True)
class _Output:
    """What the model says of one text."""

    chances: Chances
    unknown: float
    """Share 0..1 of tokens that the vocabulary lacks."""
    cut: bool


@dataclass(frozen=True, slots=True)
class _Opened:
    """A tokenizer and a network. Both may be used by several threads at once."""

    name: str
    encode: Callable[[list[str]], list[list[int]]]
    run: Callable[[Sequence[int]], Sequence[float]]
    """The tokens of one text to one logit for each class."""
    meanings: tuple[Sentiment, ...]
    most_tokens: int
    unknown_id: int | None

    def read(self, texts: list[str], *, threads: int) -> list[_Output]:
        """Give one output a text, in order, from as many texts at once as there are threads."""
        encoded = self.encode(texts)
        with ThreadPoolExecutor(threads, thread_name_prefix="classifier") as pool:
            return list(pool.map(self._read, encoded))

    def _read(self, ids: list[int]) -> _Output:
        if not ids:  # a tokenizer without marks of beginning and end makes nothing of nothing
            return _Output((0.0, 1.0, 0.0), 0.0, cut=False)
        cut = len(ids) > self.most_tokens
        kept = [*ids[: self.most_tokens - 1], ids[-1]] if cut else ids  # the last one ends every text
        try:
            logits = self.run(kept)
        except Exception as error:  # the two libraries' exceptions have no common public family
            raise ModelUnavailable(
                f"{self.name} failed on a post of {len(kept)} tokens ({_said(error)}); it is no model of "
                "texts, or it is damaged: give another, or write `model: bundled`"
            ) from error
        if len(logits) != len(self.meanings) or not all(map(math.isfinite, logits)):
            raise ModelUnavailable(
                f"{self.name} gave {len(logits)} numbers for its {len(self.meanings)} classes, or none at all; "
                "it is no model of classes, or it is damaged: give another, or write `model: bundled`"
            )
        words = ids[1:-1]
        unknown = sum(token == self.unknown_id for token in words) / max(len(words), 1)
        return _Output(chances_of(logits, self.meanings), unknown, cut)


class _Described(BaseModel):
    """What we read of a model's config.json."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id2label: dict[int, str] = {}
    max_position_embeddings: int | None = None
    architectures: tuple[str, ...] | None = None


# ---- what is seen without loading ------------------------------------------------------------------------


def _look_at(wanted: Wanted, folder: Path) -> None:
    """Raise ModelUnavailable where a folder can hold no model that we can run."""
    if not folder.is_dir():
        raise ModelUnavailable(f"{folder} is no folder; give a model's folder, or write `model: bundled`")
    described = _described(folder)
    if _onnx_in(folder) is None:
        if not any(folder.glob("*.safetensors")):
            raise ModelUnavailable(
                f"{folder} holds neither model.onnx nor safetensors; export the model to one of them "
                "(pickled weights are not read: they may run code)"
            )
        _need_torch(wanted)
    if not (folder / "tokenizer_config.json").exists() and not (folder / "tokenizer.json").exists():
        raise ModelUnavailable(f"{folder} holds no tokenizer.json; copy the tokenizer's files there, too")
    _meanings(wanted, described.id2label)


def _described(folder: Path) -> _Described:
    path = folder / "config.json"
    try:
        return _Described.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelUnavailable(f"{path} cannot be read ({reason}); copy the model's files whole") from error
    except ValidationError as error:
        raise ModelUnavailable(
            f"{path} describes no model that we know ({error.error_count()} problems); copy the file again whole"
        ) from error


def _onnx_in(folder: Path) -> Path | None:
    return next((folder / name for name in _ONNX if (folder / name).is_file()), None)


def _meanings(wanted: Wanted, named: Mapping[int, str]) -> tuple[Sentiment, ...]:
    """Say what the classes mean; a model that names none has those that the configuration names."""
    found = [named[place] for place in sorted(named)] or list(wanted.labels)
    try:
        return meanings_of(found, wanted.labels)
    except UnknownClasses as error:
        raise ModelUnavailable(f"the classes of {wanted.model} are not understood: {error}") from error


def _need_torch(wanted: Wanted) -> None:
    if find_spec("torch") is None:
        raise ModelUnavailable(_without("torch", wanted))


def _without(package: str | None, wanted: Wanted) -> str:
    return (
        f"{wanted.model} needs {package or 'more'}, which is not installed; install the extra: "
        f"pip install 'vaste[{EXTRA}]' (a folder with model.onnx needs none)"
    )


# ---- opening -------------------------------------------------------------------------------------------


def _open(wanted: Wanted) -> _Opened:
    if wanted.folder is None:
        return _open_from_hub(wanted)
    _look_at(wanted, wanted.folder)
    path = _onnx_in(wanted.folder)
    return _open_torch(wanted, wanted.folder) if path is None else _open_onnx(wanted, wanted.folder, path)


def _open_onnx(wanted: Wanted, folder: Path, path: Path) -> _Opened:
    described = _described(folder)
    with _told(wanted):
        tokenizer = _transformers().AutoTokenizer.from_pretrained(folder, **_where(wanted))
        session = open_session(path)
        return _Opened(
            name=f"{folder.name}@{_digest([path])}",
            encode=encoder_of(tokenizer),
            run=partial(_run_onnx, session),
            meanings=_meanings(wanted, described.id2label),
            most_tokens=_most_tokens(tokenizer, described.max_position_embeddings),
            unknown_id=tokenizer.unk_token_id,
        )


def _run_onnx(session: Any, ids: Sequence[int]) -> Sequence[float]:
    import numpy as np  # noqa: PLC0415 - a tenth of a second that not every command needs

    tokens = np.array([ids], dtype=np.int64)
    known = {
        "input_ids": tokens,
        "attention_mask": np.ones_like(tokens),
        "token_type_ids": np.zeros_like(tokens),
    }
    logits = session.run(None, {one.name: known[one.name] for one in session.get_inputs()})[0]
    return [float(logit) for logit in logits.reshape(-1)]


def _open_from_hub(wanted: Wanted) -> _Opened:
    """Open a model of the hub: from the cache, so that a start needs no network; if allowed, fetch it once."""
    try:
        return _open_torch(replace(wanted, fetch=False), wanted.model)
    except ModelUnavailable as error:
        # whatever the library stumbled over: a cache that holds half of a model misleads it
        if not wanted.fetch or isinstance(error.__cause__, ImportError | UnknownClasses | type(None)):
            raise
    return _open_torch(wanted, wanted.model)


def _open_torch(wanted: Wanted, source: str | Path) -> _Opened:
    _need_torch(wanted)
    with _told(wanted):
        torch = import_module("torch")
        torch.set_num_threads(1)  # the posts of a call are spread over threads instead
        transformers = _transformers()
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **_where(wanted))
        network, loading = transformers.AutoModelForSequenceClassification.from_pretrained(
            source, use_safetensors=True, output_loading_info=True, **_where(wanted)
        )
        encode = encoder_of(tokenizer)
    if loading["missing_keys"]:  # transformers would fill them with chance, and so judge
        raise ModelUnavailable(
            f"{wanted.model} lacks {len(loading['missing_keys'])} of its weights: it was not trained to put "
            "texts into classes; give a text-classification model"
        )
    return _Opened(
        name=_name_on_hub(wanted) if isinstance(source, str) else _name_of(source),
        encode=encode,
        run=partial(_run_torch, torch, network.eval()),
        meanings=_meanings(wanted, network.config.id2label),
        most_tokens=_most_tokens(tokenizer, getattr(network.config, "max_position_embeddings", None)),
        unknown_id=tokenizer.unk_token_id,
    )


def _run_torch(torch: Any, network: Any, ids: Sequence[int]) -> Sequence[float]:
    with torch.inference_mode():
        tokens = torch.tensor([list(ids)])
        logits = network(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits
    return [float(logit) for logit in logits.reshape(-1)]


def _most_tokens(tokenizer: Any, positions: int | None) -> int:
    # RoBERTa and its kin count their positions from two
    places = positions - 2 if positions else _MOST_TOKENS
    return max(min(_MOST_TOKENS, int(tokenizer.model_max_length), places), 3)


def _name_of(folder: Path) -> str:
    return f"{folder.name}@{_digest(sorted(folder.glob('*.safetensors')))}"


def _name_on_hub(wanted: Wanted) -> str:
    """Name the model with the commit that lies in the cache: a branch moves, what we opened does not."""
    utils = _transformers().utils
    with _told(wanted):
        path = utils.cached_file(wanted.model, "config.json", **_where(replace(wanted, fetch=False)))
        commit = utils.extract_commit_hash(path, None) or wanted.revision or "main"
    return f"{wanted.model}@{commit[:8]}"


def _digest(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()[:8]


def _where(wanted: Wanted) -> dict[str, Any]:
    """Give how transformers may look for files: no code of others, and no network unless it was asked for."""
    is_on_hub = wanted.folder is None
    return {
        "local_files_only": not (is_on_hub and wanted.fetch),
        "revision": (wanted.revision if is_on_hub else None) or "main",
        "trust_remote_code": False,
    }


def _transformers() -> Any:
    for name, value in _HUB.items():  # read once, at the import
        os.environ.setdefault(name, value)
    with quiet_import():
        transformers = import_module("transformers")
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
    return transformers


@contextmanager
def _told(wanted: Wanted) -> Iterator[None]:
    """Turn whatever the libraries raise on what they can't find or read into one line that says what to do."""
    try:
        with quiet_import():
            yield
    except ModelUnavailable:
        raise
    except ImportError as error:
        raise ModelUnavailable(_without(error.name, wanted)) from error
    except Exception as error:
        raise ModelUnavailable(_missing(wanted, error)) from error


def _missing(wanted: Wanted, error: Exception) -> str:
    if wanted.folder is not None:
        return (
            f"the model in {wanted.folder} cannot be opened ({_said(error)}); copy its files again whole, "
            "or give another"
        )
    if wanted.fetch and isinstance(error, OSError):
        return (
            f"{wanted.model} could not be fetched ({_said(error)}); look after its name, the revision and "
            "the network"
        )
    if wanted.fetch:
        return f"{wanted.model} cannot be opened ({_said(error)}); give another model"
    pinned = f" --revision {wanted.revision}" if wanted.revision else ""
    return (
        f"{wanted.model} is not whole in the local cache; write `fetch: true` under classifier, "
        f"or fetch it once with: hf download {wanted.model}{pinned} (a folder is written ./{wanted.model})"
    )


def _said(error: BaseException) -> str:
    """Give the kind of an error and the first sentence of what it says."""
    words = " ".join("".join(filter(str.isprintable, word)) for word in str(error).split())
    words = words.partition(". ")[0][:_SHOWN]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
