"""The classifier: posts in, verdicts out. This file and `foreign` alone know transformers and onnxruntime.

1. The model's folder is checked against its checksums and opened once, at the first post or at `warm`.
2. Each post is brought to the spelling of the training texts and cut into tokens.
3. Each post goes through the network alone, several posts at once on threads of their own. In a batch the
   int8 network scales all posts by the loudest one among them (dynamic quantisation, per tensor): measured
   on 600 posts, 44 got another class in batches of 32 than alone. A verdict must not hang on the company a
   post arrives in, and on two cores threads are as quick as batches.
4. The logits become probabilities, by what was measured for the post's language; topics and language are
   added; the model abstains where it does not know.

Nothing here touches the network: everything is read from the folder, by path, and onnxruntime's own reports
to its maker, which its Linux builds send by default since 1.29, are off before it is imported.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from casebook.mention import Verdict
from classifier import labels
from classifier.defaults import DEFAULT_TOPICS, DefaultThresholds, default_scores
from classifier.language import Hint, language_of
from classifier.order import judged_soonest
from classifier.reading import Reading, read_post
from classifier.topics import Head, Topic, TopicIndex, topics_held
from classifier.understanding import Seen, Understanding, squeezed

if TYPE_CHECKING:  # numpy takes a tenth of a second that not every command needs
    from classifier.heads import Lesson, Teachable, Vector

Content = TypeVar("Content")

BUNDLED: Final = Path(__file__).parent / "bundled"
_WEIGHTS: Final = "model.int8.onnx"
_BACKGROUND: Final = "background.npz"
_FILES: Final = (
    _WEIGHTS,
    "tokenizer.json",
    "tokenizer_config.json",
    "config.json",
    "labels.json",
    "calibration.json",
    _BACKGROUND,
)
_UNKNOWN_SHARE: Final = 0.5
"""From this share of tokens that the vocabulary lacks a post cannot be read.

Not above half: a run of unknown signs is one token, and the space before it another.
"""
FIRST_TEXT: Final = "Hei, missä pakettini viipyy?"
"""What is judged to find out whether all is there."""


class ModelUnavailable(Exception):
    """The model cannot be used; the message says what is wrong and what to do."""


class _Labels(BaseModel):
    """labels.json: what kind of model this is, and what its numbers mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    name: str = Field(min_length=1)
    sentiment: tuple[Literal["negative"], Literal["neutral"], Literal["positive"]]
    kinds: tuple[str, ...]
    hot: tuple[str, ...]
    max_tokens: int = Field(ge=3)
    unknown_id: int


class _Sentiment(BaseModel):
    """How the sentiment's logits become probabilities in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: float = Field(gt=0)
    bias: tuple[float, float, float]


class _Attention(BaseModel):
    """How attention's logit becomes a probability in one language (Platt 1999)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: float = Field(gt=0)
    shift: float


class _Measured(BaseModel):
    """calibration.json: how logits become probabilities, by language, and how that was measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentiment: dict[str, _Sentiment]
    attention: dict[str, _Attention]
    topics: dict[str, float]
    """The probability from which a default topic holds."""
    measured: str


_KIND: Final = "care-onnx-1"
_OTHER: Final = "other"
_ANSWERS: Final = ("sentiment", "attention", "kind", "hot")
_EMBEDDING: Final = "embedding"
_CHECKSUMS: Final = TypeAdapter(dict[str, str])


class Classifier:
    """Judges posts with the model of a folder, the bundled one by default.

    Making one is cheap; the model is loaded once, by whichever thread needs it first. `prior` says how often
    negative, neutral and positive posts occur where it is used (None: equally often). `threads` is how many
    posts of one call are judged at once, each on one core (default: two, or one where there is but one core).
    Threads may share it. The same text gets the same verdict, whatever it is judged with.
    """

    has_vectors = True
    """It can say what a text means (`look`, `judge_with`), so that topics have heads."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        topics: Sequence[Topic] = (),
        abstain_below: float = 0.5,
        prior: tuple[float, float, float] | None = None,
        threads: int | None = None,
    ) -> None:
        self._folder = BUNDLED if folder is None else folder
        self._topics = tuple(topics)
        self._abstain_below = abstain_below
        self._prior = prior
        self._threads = threads or min(2, os.cpu_count() or 1)
        self._lock = Lock()
        self._opened: _Network | None = None

    @cached_property
    def model_id(self) -> str:
        """Name of the model and the first 8 digits of its weights' checksum. Loads nothing heavy.

        Raises ModelUnavailable.
        """
        return f"{_labels_of(self._folder).name}@{_checksums_of(self._folder)[_WEIGHTS][:8]}"

    def warm(self) -> None:
        """Load everything and judge once, so that the first post does not wait. Raises ModelUnavailable."""
        self.judge([FIRST_TEXT])

    def judge(self, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> list[Verdict]:
        """Judge each text; the result has the same length and order.

        `hints` are the networks' own ideas of the languages, one a text, or what was decided of them before,
        which stands. Texts beyond the model's token
        limit are cut, and the verdict says so. A text with nothing in it to judge (empty, only links), or
        in a language the model does not read, is answered by abstaining; the former as neutral.
        Raises ModelUnavailable when the model cannot be loaded or run.
        """
        return self.judge_with({}, texts, hints)

    def judge_with(
        self, heads: Mapping[str, Head], texts: Sequence[str], hints: Sequence[Hint] | None = None
    ) -> list[Verdict]:
        """Judge as `judge` does, each of these heads in place of what the topic's examples alone teach."""
        if hints is not None and len(hints) != len(texts):
            raise ValueError(f"{len(hints)} hints for {len(texts)} texts; give one for each, or none")
        if not texts:
            return []
        readings = [read_post(text) for text in texts]
        understood = self._read(readings)
        return [
            self._verdict(text, reading, one, hint, heads)
            for text, reading, one, hint in zip(
                texts, readings, understood, hints or [None] * len(texts), strict=True
            )
        ]

    def judged(
        self,
        texts: Sequence[str],
        hints: Sequence[Hint] | None = None,
        urgency: Sequence[float] | None = None,
    ) -> Iterator[tuple[int, Verdict]]:
        """Judge the most urgent texts first; gives each one's place in `texts` and its verdict as it is ready.

        The verdicts are those of `judge`; but a few texts at a time are looked at, whatever their number.
        """
        return judged_soonest(self.judge, texts, hints, urgency)

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """Give what the network itself says of each text, in order, before any calibration.

        Raises ModelUnavailable.
        """
        return self._read([read_post(text) for text in texts])

    def _read(self, readings: Sequence[Reading]) -> list[Understanding]:
        return self._network().read([reading.text for reading in readings], threads=self._threads)

    def _verdict(
        self,
        text: str,
        reading: Reading,
        understood: Understanding,
        hint: Hint,
        heads: Mapping[str, Head],
    ) -> Verdict:
        language = language_of(reading.plain, hint)
        scores = self._topic_scores(text, reading, understood, heads)
        held = topics_held(scores, self._topics)
        readable = (
            not reading.is_blank and understood.unknown < _UNKNOWN_SHARE and not _foreign(language, reading)
        )
        chances, attention = (0.0, 1.0, 0.0), 0.0
        if not reading.is_blank:
            chances = labels.probabilities(understood.sentiment, self._calibration(language))
            attention = labels.attention_of(understood.attention, *self._attention(language))
        return Verdict(
            *chances,
            attention=attention,
            topics=scores,
            topics_held=held,
            language=language,
            abstained=labels.abstains(chances, abstain_below=self._abstain_below, readable=readable),
            model=self.model_id,
            cut=reading.cut or understood.cut,
            meaning=None if reading.is_blank else squeezed(understood, self._centre),
        )

    @cached_property
    def _centre(self) -> Any:
        """Where ordinary posts lie: the mean of their embeddings."""
        from classifier.heads import EMBEDDING, BackgroundUnreadable, read_background  # noqa: PLC0415 - numpy

        try:
            return read_background(self._folder / _BACKGROUND)[:, :EMBEDDING].mean(axis=0)
        except BackgroundUnreadable as error:
            raise ModelUnavailable(str(error)) from error

    def _topic_scores(
        self, text: str, reading: Reading, understood: Understanding, heads: Mapping[str, Head]
    ) -> dict[str, float]:
        if not self._topics:
            return {}
        seen = self._seen(reading, understood)
        return self._topic_index.score(text, seen.told, known=seen.known, heads=heads)

    def look(self, texts: Sequence[str]) -> list[Seen]:
        """Give what topics see of each text, in order. Raises ModelUnavailable."""
        readings = [read_post(text) for text in texts]
        return [self._seen(reading, one) for reading, one in zip(readings, self._read(readings), strict=True)]

    def _seen(self, reading: Reading, understood: Understanding) -> Seen:
        if reading.is_blank:  # nothing in it to be about anything
            return Seen(_vector(understood), {}, is_blank=True)
        return Seen(_vector(understood), default_scores(understood.answers, self._thresholds))

    def vectors(self, texts: Sequence[str]) -> "list[Vector]":
        """Give what topic heads see of each text, in order. Raises ModelUnavailable."""
        return [_vector(one) for one in self.understand(texts)]

    @cached_property
    def school(self) -> "Teachable":
        """What teaches topic heads, against the background of ordinary posts. Raises ModelUnavailable."""
        from classifier.heads import BackgroundUnreadable, Teachable, read_background  # noqa: PLC0415 - numpy

        try:
            return Teachable(read_background(self._folder / _BACKGROUND))
        except BackgroundUnreadable as error:
            raise ModelUnavailable(str(error)) from error

    @cached_property
    def _topic_index(self) -> TopicIndex:
        return TopicIndex(self._topics, self.vectors, teach=_School(self))

    @cached_property
    def _thresholds(self) -> DefaultThresholds:
        known = {name: value for name, value in self._measured.topics.items() if name in DEFAULT_TOPICS}
        return DefaultThresholds(known)

    @cached_property
    def _measured(self) -> _Measured:
        return _read(self._folder / "calibration.json", _Measured.model_validate_json)

    def _calibration(self, language: str) -> labels.Calibration:
        measured = self._measured.sentiment
        one = measured.get(language, measured[_OTHER])
        return labels.Calibration(one.temperature, self._prior, one.bias)

    def _attention(self, language: str) -> tuple[float, float]:
        measured = self._measured.attention
        one = measured.get(language, measured[_OTHER])
        return one.scale, one.shift

    def _network(self) -> "_Network":
        with self._lock:  # the others wait for the one that loads
            if self._opened is None:
                self._opened = _open(self._folder)
            return self._opened


@dataclass(frozen=True, slots=True)
class _School:
    """Teaches with a classifier's school, which is opened when the first topic has something to learn."""

    of: Classifier

    def fit_all(self, lessons: "Sequence[Lesson]", /) -> Sequence[Head]:
        """Teach heads together."""
        return self.of.school.fit_all(lessons)


@dataclass(frozen=True, slots=True)
class _Network:
    """The tokenizer and the session, opened. Both may be used by several threads at once."""

    encode: Callable[[list[str]], list[list[int]]]
    run: Callable[[Any, Any], list[Any]]
    """(ids, mask), each int64 (1, tokens), to (1, logits) for each of _ANSWERS, and the embedding last."""
    meaning: _Labels

    def read(self, texts: Sequence[str], *, threads: int) -> list[Understanding]:
        """Give one output a text, in order, from as many texts at once as there are threads."""
        encoded = self.encode(list(texts))
        if min(threads, len(encoded)) < 2:  # noqa: PLR2004 - one text, or one thread: none to start
            return [self._read(ids) for ids in encoded]
        with ThreadPoolExecutor(threads, thread_name_prefix="classifier") as pool:
            return list(pool.map(self._read, encoded))

    def _read(self, ids: Sequence[int]) -> Understanding:
        import numpy as np  # noqa: PLC0415 - a tenth of a second that not every command needs

        limit = self.meaning.max_tokens
        kept = [*ids[: limit - 1], ids[-1]] if len(ids) > limit else ids  # the last one ends every text
        tokens = np.array([kept], dtype=np.int64)
        *answers, embedding = self.run(tokens, np.ones_like(tokens))
        words = ids[1:-1]  # without the marks of beginning and end
        unknown = sum(token == self.meaning.unknown_id for token in words) / max(len(words), 1)
        return Understanding(
            answers={name: rows[0] for name, rows in zip(_ANSWERS, answers, strict=True)},
            embedding=embedding[0],
            unknown=unknown,
            cut=len(ids) > limit,
        )


def _vector(understood: Understanding) -> "Vector":
    from classifier.heads import features  # noqa: PLC0415 - numpy

    return features(understood.embedding, understood.answers)


def _foreign(language: str, reading: Reading) -> bool:
    """Say whether the text is in a language the model does not read; emoji alone are in none."""
    return language == "other" and any(character.isalpha() for character in reading.plain)


def _open(folder: Path) -> _Network:
    meaning = _labels_of(folder)
    if meaning.kind != _KIND:
        raise ModelUnavailable(
            f"{folder} holds a model of kind {meaning.kind!r}, which this version does not read; "
            f"give a folder whose labels.json says {_KIND!r}, or write `model: bundled`"
        )
    _verify(folder)
    try:
        return _Network(_open_tokenizer(folder), _open_session(folder), meaning)
    except ImportError as error:
        raise ModelUnavailable(
            f"The model needs {error.name}, which is not installed; install vaste again with its requirements"
        ) from error
    except Exception as error:  # whatever the two libraries raise on files that they cannot read
        raise ModelUnavailable(
            f"The model in {folder} cannot be opened ({type(error).__name__}); reinstall vaste, "
            "or give another model's folder"
        ) from error


def _open_tokenizer(folder: Path) -> Callable[[list[str]], list[list[int]]]:
    with quiet_import():
        transformers = import_module("transformers")
        return encoder_of(transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True))


def encoder_of(loaded: Any) -> Callable[[list[str]], list[list[int]]]:
    """Give what turns texts into tokens, whole and as they are, from several threads at once."""
    # the inner tokenizer: the outer one sets truncation at every call, which two threads may not do at once
    inner = loaded.backend_tokenizer
    inner.no_truncation()
    inner.no_padding()
    inner.encode_special_tokens = True  # a post that says </s> says so in letters, and ends nothing
    return lambda texts: [encoding.ids for encoding in inner.encode_batch(texts)]


def open_session(path: Path, *, folds: bool = False) -> Any:
    """Open an ONNX file for one core; nothing is reported to anybody.

    `folds` turns weights that are stored in fewer bits into the matrices of the products once, as it opens.
    """
    # read once, when the library wakes up: no uploader, no device id on disk, nothing sent
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    onnxruntime = import_module("onnxruntime")
    onnxruntime.disable_telemetry_events()  # and where somebody else woke it before us
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the posts of a call are spread over threads instead
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong is raised, too
    # no thread waits by spinning: an idle service must not burn its cores
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if folds:  # else they are kept apart, for products of whole numbers that our graph does not have
        options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _open_session(folder: Path) -> Callable[[Any, Any], list[Any]]:
    session = open_session(folder / _WEIGHTS, folds=True)

    def run(ids: Any, mask: Any) -> list[Any]:
        try:
            return list(session.run([*_ANSWERS, _EMBEDDING], {"input_ids": ids, "attention_mask": mask}))
        except Exception as error:  # onnxruntime's own exceptions have no common public family
            raise ModelUnavailable(
                f"The model in {folder} failed on a post of {ids.shape[1]} tokens ({type(error).__name__}); "
                "it is tried again with the next tick"
            ) from error

    return run


@contextmanager
def quiet_import() -> Iterator[None]:
    """Keep transformers from announcing at its import that it found no torch."""
    # one core is enough (30,000 posts/s), and its own threads complain on stderr when a process forks
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    name = "TRANSFORMERS_VERBOSITY"
    before = os.environ.get(name)
    os.environ[name] = "error"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _labels_of(folder: Path) -> _Labels:
    return _read(folder / "labels.json", _Labels.model_validate_json)


def _checksums_of(folder: Path) -> dict[str, str]:
    checksums = _read(folder / "checksums.json", _CHECKSUMS.validate_json)
    unnamed = [name for name in _FILES if name not in checksums]
    if unnamed:
        raise ModelUnavailable(
            f"{folder / 'checksums.json'} does not name {', '.join(unnamed)}; a model's folder holds "
            f"{', '.join(_FILES)}, each with its sha256 there"
        )
    return checksums


def _verify(folder: Path) -> None:
    """Compare every file with its checksum: a half-copied model must not pass for a stupid one."""
    for name, expected in _checksums_of(folder).items():
        path = folder / name
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from error
        if found != expected:
            raise ModelUnavailable(
                f"{path} is damaged (its checksum differs); reinstall vaste, or copy the file again whole"
            )


def _read(path: Path, parse: Callable[[bytes], Content]) -> Content:
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValidationError as error:
        raise ModelUnavailable(
            f"{path} is not what a model's {path.name} holds ({error.error_count()} problems); "
            "reinstall vaste, or copy the file again whole"
        ) from error


def _unreadable(path: Path, error: OSError) -> ModelUnavailable:
    reason = error.strerror or type(error).__name__
    return ModelUnavailable(
        f"{path} cannot be read ({reason}); reinstall vaste, or give the folder of a whole model"
    )
