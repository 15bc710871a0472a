from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, which Vaste itself does not")
pytest.importorskip("onnx", reason="writing the graph needs onnx, which Vaste itself does not")

from classifier.training import e5, export, network  # noqa: E402 - after the skip

SHAPE = e5.Shape(
    hidden=64, layers=4, heads=4, feed_forward=128, vocabulary=50, positions=128, types=1, epsilon=1e-12
)


@pytest.fixture
def small() -> network.Network:
    torch.manual_seed(1)
    made = network.Network(SHAPE, shared=2)
    made.kept.load_state_dict(made.care.state_dict())
    for at in range(len(made.embeddings.words.weight)):  # what four bits can hold
        made.embeddings.words.weight.data[at] = torch.randint(-8, 8, (64,)) / 8
    return made.eval()


def test_padding_changes_no_answer_and_no_embedding(small: network.Network) -> None:
    alone, together = network.padded([[0, 7, 8, 2]]), network.padded([[0, 7, 8, 2], [0, 5, 6, 7, 8, 9, 2]])
    with torch.no_grad():
        one = small.read(*small.lower(alone.ids, alone.mask), alone.mask)["sentiment"][0]
        same = small.read(*small.lower(together.ids, together.mask), together.mask)["sentiment"][0]
    assert torch.allclose(one, same, atol=1e-5)


def test_only_the_care_branch_and_the_heads_learn() -> None:
    names = [f"encoder.layer.{at}" for at in range(SHAPE.layers)]
    assert len(names) == 4
    made = network.Network(SHAPE, shared=2)
    weights = {
        "embeddings.word_embeddings.weight": made.embeddings.words.weight.detach().numpy(),
        "embeddings.position_embeddings.weight": made.embeddings.places.weight.detach().numpy(),
        "embeddings.token_type_embeddings.weight": np.zeros((1, 64), np.float32),
        "embeddings.LayerNorm.weight": np.ones(64, np.float32),
        "embeddings.LayerNorm.bias": np.zeros(64, np.float32),
    }
    for at in range(SHAPE.layers):
        layer = network.Layer(SHAPE)
        for theirs, ours in network._PARTS.items():
            for part in ("weight", "bias"):
                weights[f"encoder.layer.{at}.{theirs}.{part}"] = (
                    getattr(getattr(layer, ours), part).detach().numpy()
                )
    built = network.from_e5(SHAPE, weights, shared=2)
    learning = {name.split(".")[0] for name, value in built.named_parameters() if value.requires_grad}
    assert learning == {"care", "pool", "gist", "heads"}
    assert torch.equal(built.care[1].up.weight, built.kept[1].up.weight)


def loudest_of(small: network.Network) -> dict[str, np.ndarray]:
    posts = network.padded([[0, 7, 8, 30, 41, 2], [0, 9, 2]])
    return export.loudness(small, [(posts.ids, posts.mask)])


def test_graph_gives_what_the_network_gives(small: network.Network, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    steps = (small.embeddings.words.weight.detach().numpy() * 8).astype(np.int8)
    nibbles = (steps & 15).astype(np.uint8)
    words = (nibbles[:, ::2] | nibbles[:, 1::2] << 4, np.full((50, 2), 1 / 8, np.float16))
    export.write_onnx(small, tmp_path / "small.onnx", words=words, loudest=loudest_of(small))
    session = onnxruntime.InferenceSession(str(tmp_path / "small.onnx"), providers=["CPUExecutionProvider"])
    posts = network.padded([[0, 7, 8, 30, 41, 2]])
    got = session.run(
        ["sentiment", "embedding"], {"input_ids": posts.ids.numpy(), "attention_mask": posts.mask.numpy()}
    )
    with torch.no_grad():
        x, bias = small.lower(posts.ids, posts.mask)
        wanted = small.read(x, bias, posts.mask)["sentiment"], small.embed(x, bias, posts.mask)
    assert np.allclose(got[0], wanted[0].numpy(), atol=0.05)
    assert float((got[1] * wanted[1].numpy()).sum()) > 0.995


def test_loud_inputs_are_hushed_and_the_product_stays_what_it_was() -> None:
    dice = np.random.default_rng(1)
    x, matrix = dice.normal(size=(5, 4)).astype(np.float32), dice.normal(size=(4, 3)).astype(np.float32)
    x[:, 2] *= 100
    smooth = export.smoothing(np.abs(x).max(axis=0), matrix)
    assert np.allclose((x / smooth) @ (matrix * smooth[:, None]), x @ matrix, rtol=1e-4)
    assert np.abs(x / smooth).max() < np.abs(x).max() / 5


def test_graph_read_back_gives_the_same_graph(small: network.Network, tmp_path: Path) -> None:
    scales = np.full((50, 2), 1 / 8, np.float16)
    steps = (small.embeddings.words.weight.detach().numpy() * 8).astype(np.int8)
    nibbles = (steps & 15).astype(np.uint8)
    words = (nibbles[:, ::2] | nibbles[:, 1::2] << 4, scales)
    export.write_onnx(small, tmp_path / "one.onnx", words=words, loudest=loudest_of(small))
    export.write_onnx(
        export.read_onnx(tmp_path / "one.onnx"), tmp_path / "two.onnx", words=words, loudest=loudest_of(small)
    )
    assert (tmp_path / "one.onnx").stat().st_size == (tmp_path / "two.onnx").stat().st_size
    one, two = (export.read_onnx(tmp_path / name) for name in ("one.onnx", "two.onnx"))
    for (name, mine), (_, theirs) in zip(one.state_dict().items(), two.state_dict().items(), strict=True):
        if not name.startswith(("heads.urgency", "heads.hard", "heads.emotion")):
            assert torch.allclose(mine, theirs, atol=1e-6), name
