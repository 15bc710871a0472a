import struct
from pathlib import Path

import numpy as np
import pytest

from classifier.training import e5

HIDDEN, FEED, PIECES = 32, 64, 3


def block(scale: float, numbers: list[int]) -> bytes:
    """32 numbers from -8 to 7 in the package's order: the first 16 in the lower halves."""
    stored = [number + 8 for number in numbers]
    return struct.pack("<e", scale) + bytes(
        low | high << 4 for low, high in zip(stored[:16], stored[16:], strict=True)
    )


ROW = [*range(-8, 8), *range(7, -9, -1)]


def file_of(path: Path, tensors: dict[str, tuple[int, bytes]]) -> Path:
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 2, FEED, PIECES, 4, 1, 1e-12, 32)
    pieces = struct.pack("<5iQ", 2, 0, 2, 1, 3, 3) + struct.pack("<3I2f", 0, 1, 3, -1.0, -2.0) + b"abc"
    normalised = struct.pack("<iI", 1, 9) + b"\0" * 9
    names = {name: name.encode() for name in tensors}
    table = 4 + sum(2 + len(name) + 21 for name in names.values())
    at = len(head) + len(pieces) + len(normalised) + table
    directory, body = struct.pack("<i", len(tensors)), b""
    for name, (values, content) in tensors.items():
        directory += struct.pack("<H", len(names[name])) + names[name]
        directory += struct.pack("<BIQQ", 0, values, at + len(body), len(content))
        body += content
    path.write_bytes(head + pieces + normalised + directory + body)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    words = block(0.5, ROW) + block(2.0, [0] * 32) + block(1.0, [-8] * 32)
    return file_of(
        tmp_path / "small.bin",
        {
            "emb.word": (PIECES * HIDDEN, words),
            "emb.ln.w": (HIDDEN, np.ones(HIDDEN, np.float32).tobytes()),
            "l0.fo.w": (HIDDEN * FEED, block(1.0, ROW) * (HIDDEN * FEED // 32)),
            "l0.q.b": (HIDDEN, np.arange(HIDDEN, dtype=np.float32).tobytes()),
        },
    )


def test_weights_come_out_under_the_names_of_transformers_and_in_their_shapes(small: Path) -> None:
    shape, weights = e5.read_weights(small)
    assert (shape.hidden, shape.layers, shape.feed_forward, shape.positions) == (HIDDEN, 1, FEED, 4)
    assert {name: value.shape for name, value in weights.items()} == {
        "embeddings.word_embeddings.weight": (PIECES, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "encoder.layer.0.output.dense.weight": (HIDDEN, FEED),
        "encoder.layer.0.attention.self.query.bias": (HIDDEN,),
    }


def test_four_bit_numbers_are_what_was_stored_times_the_scale(small: Path) -> None:
    _, weights = e5.read_weights(small)
    words = weights["embeddings.word_embeddings.weight"]
    assert words[0].tolist() == [0.5 * number for number in ROW]
    assert words[2].tolist() == [-8.0] * HIDDEN


def test_word_rows_are_read_as_stored_for_a_graph_that_reads_them_so(small: Path) -> None:
    packed, scales = e5.read_words(small, [2, 0])
    signed = np.stack([packed & 15, packed >> 4], axis=2).reshape(2, HIDDEN).astype(int)
    signed[signed > 7] -= 16
    assert (signed * scales).tolist() == [[-8.0] * HIDDEN, [0.5 * number for number in ROW]]


def test_a_layer_read_as_stored_is_the_same_matrix(small: Path) -> None:
    _, weights = e5.read_weights(small)
    stored = e5.read_layers(small)
    assert list(stored) == ["layer.0.down"]
    assert stored["layer.0.down"].halves.shape == (HIDDEN, FEED // 2)
    assert np.array_equal(stored["layer.0.down"].floats(), weights["encoder.layer.0.output.dense.weight"])


def test_matrices_of_the_same_inputs_are_put_under_each_other_or_not_at_all(small: Path) -> None:
    down = e5.read_layers(small)["layer.0.down"]
    joined = e5.Halves.joined([down, down])
    assert joined is not None
    assert np.array_equal(joined.floats(), np.concatenate([down.floats(), down.floats()]))
    assert e5.Halves.joined([down, None]) is None
    assert e5.Halves.joined([]) is None


def test_kept_rows_leave_the_other_weights_alone(small: Path) -> None:
    _, weights = e5.read_weights(small)
    kept = e5.kept_rows(weights, [2])
    assert kept["embeddings.word_embeddings.weight"].tolist() == [[-8.0] * HIDDEN]
    assert kept["embeddings.LayerNorm.weight"] is weights["embeddings.LayerNorm.weight"]


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ValueError, match=r"other\.bin does not begin with b'E5S1'"):
        e5.read_weights(tmp_path / "other.bin")


def test_missing_package_is_told_with_what_to_install() -> None:
    with pytest.raises(e5.SourceMissing, match=r"package no_such_package is not installed; `make model`"):
        e5.packaged("no_such_package", "weights.bin")
