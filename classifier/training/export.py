"""From the trained network to one ONNX graph of 8-bit and 4-bit weights.

The graph is written node by node, because what an exporter makes of it would have to be fused and quantised
again, and every step of that is another thing that may change between versions. Operators of the domain
com.microsoft are ONNX Runtime's own (its documentation, ContribOperators.md):

- what was not trained stays as e5's package holds it, in blocks of 32 numbers of 4 bits with one scale: the
  word embeddings (GatherBlockQuantized: exact) and the layers of the embedding branch, whose halves are
  unpacked when the graph is opened, and from then on are matrices as the others;
- matrices are quantised to 7 bits, one scale a column, and multiplied with inputs that are quantised to 8 bits
  as they come (DynamicQuantizeMatMul). Not 8 bits: processors without VNNI add two products in 16 bits, and
  with 8-bit weights the sum overflows (the runtime's documentation calls it reduce_range);
- a few inputs of each product are far louder than the others; half of their loudness is moved into the weights
  beforehand (`smoothing`). The second product of each layer's feed-forward part has inputs too uneven even for
  that: its weights lie in 8 bits and become 32 when the graph is opened. Together the two bring the share of
  posts whose class is that of the network before any rounding from .89 to .98;
- attention, layer normalisation with its skip and Gelu are one node each.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from classifier.training.e5 import Halves, Shape
from classifier.training.network import HEADS, Layer, Network

_OURS: Final = "com.microsoft"
_LARGEST: Final = 63
"""Of a weight in 7 bits: two products with 255 fit into 16 bits."""
_BLOCK: Final = 32
ANSWERS: Final = ("sentiment", "attention", "kind", "hot")


class _Graph:
    """Nodes and weights as they are added; every tensor is called by name."""

    def __init__(self, loudest: Mapping[str, NDArray[np.float32]], stored: Mapping[str, Halves]) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.loudest = loudest
        self.stored = stored

    def weight(self, name: str, value: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, *, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def product(
        self,
        x: str,
        name: str,
        matrix: NDArray[np.float32],
        bias: NDArray[np.float32],
        stored: Halves | None = None,
    ) -> str:
        """`x` @ matrix + bias, the matrix (inputs, outputs) in 7 bits.

        Where it is `stored` in halves, those are what is written, and become the same 7 bits when the graph
        is opened.
        """
        smooth = np.ones(len(matrix), np.float32)
        if name in self.loudest:
            smooth = smoothing(self.loudest[name], matrix)
            x = self.node("Mul", [x, self.weight(f"{name}.smooth", 1 / smooth)], f"{name}.smoothed")
        matrix = matrix * smooth[:, None]
        scale = np.abs(matrix).max(axis=0) / _LARGEST
        scale[scale == 0] = 1.0
        scale = scale.astype(np.float32)
        scaled = self.weight(f"{name}.scale", scale)
        if stored is None:
            small = np.clip(np.rint(matrix / scale), -_LARGEST, _LARGEST).astype(np.int8)
            weight = self.weight(f"{name}.weight", small)
        else:
            whole = self.unpacked(name, stored.scales.T / scale, stored)
            if name in self.loudest:
                even = self.weight(f"{name}.even", smooth[:, None])
                whole = self.node("Mul", [whole, even], f"{name}.evened")
            whole = self.node("Round", [whole], f"{name}.rounded")
            weight = self.node("Cast", [whole], f"{name}.small", to=TensorProto.INT8)
        inputs = [x, weight, scaled, "", self.weight(f"{name}.bias", bias)]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_OURS)

    def exact_product(
        self,
        x: str,
        name: str,
        matrix: NDArray[np.float32],
        bias: NDArray[np.float32],
        stored: Halves | None = None,
    ) -> str:
        """The same with the weights in 8 bits (or halves) and nothing else: 32 when the graph is opened."""
        if stored is None:
            scale = np.maximum(np.abs(matrix).max(axis=0) / 127, 1e-12).astype(np.float32)
            small = np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8)
            whole = self.node(
                "Cast", [self.weight(f"{name}.weight", small)], f"{name}.cast", to=TensorProto.FLOAT
            )
            whole = self.node("Mul", [whole, self.weight(f"{name}.scale", scale)], f"{name}.whole")
        else:
            whole = self.unpacked(name, stored.scales.T, stored)
        raw = self.node("MatMul", [x, whole], f"{name}.raw")
        return self.node("Add", [raw, self.weight(f"{name}.bias", bias)], name)

    def unpacked(self, name: str, scales: NDArray[Any], stored: Halves) -> str:
        """Halves times scales (inputs / 32, outputs), as 32-bit floats (inputs, outputs).

        The runtime folds it into a constant when the graph is opened with `session.disable_quant_qdq`; without
        that it would unpack at every post.
        """
        numbers = stored.numbers().T.reshape(-1)
        packed = ((numbers[::2] & 15) | ((numbers[1::2] & 15) << 4)).astype(np.uint8)
        shape = [2 * stored.halves.shape[1], len(stored.halves)]
        self.weights.append(
            helper.make_tensor(f"{name}.halves", TensorProto.INT4, shape, packed.tobytes(), raw=True)
        )
        inputs = [f"{name}.halves", self.weight(f"{name}.blocks", scales.astype(np.float16))]
        half = self.node("DequantizeLinear", inputs, f"{name}.half", axis=0, block_size=_BLOCK)
        return self.node("Cast", [half], f"{name}.unpacked", to=TensorProto.FLOAT)

    def normed_sum(self, x: str, y: str, name: str, norm: torch.nn.LayerNorm) -> str:
        inputs = [
            x,
            y,
            self.weight(f"{name}.gamma", _array(norm.weight)),
            self.weight(f"{name}.beta", _array(norm.bias)),
        ]
        return self.node("SkipLayerNormalization", inputs, name, domain=_OURS, epsilon=float(norm.eps))


def smoothing(loudest: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give what each input is divided by, and its row of the matrix multiplied with: (inputs,).

    A few inputs of each product are far louder than the others, and 8 bits a tensor leave nothing for the quiet
    ones. Half of the loudness is moved into the weights, which have a scale a column (SmoothQuant, Xiao et al.
    2023, alpha 0.5).
    """
    weights = np.abs(matrix).max(axis=1)
    smooth = np.sqrt(np.maximum(loudest, 1e-5) / np.maximum(weights, 1e-5))
    return (smooth / np.exp(np.log(smooth).mean())).astype(np.float32)


@torch.no_grad()
def loudness(
    network: Network, batches: Iterable[tuple[torch.Tensor, torch.Tensor]]
) -> dict[str, NDArray[np.float32]]:
    """Measure the largest absolute value of each input of each product over (ids, mask) of some posts."""
    found: dict[str, NDArray[np.float32]] = {}
    hooks = []
    for room in _ROOMS:
        for at, layer in enumerate(getattr(network, room)):
            for part, name in (("query", "qkv"), ("out", "out"), ("up", "up")):
                hooks.append(
                    getattr(layer, part).register_forward_pre_hook(_listener(found, f"{room}.{at}.{name}"))
                )
    for ids, mask in batches:
        x, bias = network.lower(ids, mask)
        network.read(x, bias, mask)
        network.embed(x, bias, mask)
    for hook in hooks:
        hook.remove()
    return found


def _listener(
    found: dict[str, NDArray[np.float32]], name: str
) -> Callable[[Any, tuple[torch.Tensor, ...]], None]:
    def listen(_: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        heard = inputs[0].abs().amax(dim=(0, 1)).numpy()
        found[name] = np.maximum(found[name], heard) if name in found else heard

    return listen


def write_onnx(
    network: Network,
    path: Path,
    *,
    words: tuple[NDArray[np.uint8], NDArray[np.float16]],
    loudest: Mapping[str, NDArray[np.float32]],
    stored: Mapping[str, Halves] | None = None,
) -> None:
    """Write the graph; `loudest` is what `loudness` measured on some posts.

    `stored` are matrices of layers that were not trained, as `e5.read_layers` gives them; those that it lacks
    are written in 8 bits.

    Inputs `input_ids` and `attention_mask`, int64 (posts, tokens); outputs one of each of ANSWERS, float32
    (posts, logits), and `embedding`, float32 (posts, hidden), of length 1. `words` are the word embeddings as
    `e5.read_words` gives them, in the network's order.
    """
    graph = _Graph(loudest, stored or {})
    x, mask = _lower(graph, network, words)
    for at, layer in enumerate(network.shared):
        x = _layer(graph, f"shared.{at}", layer, x, mask, origin=f"layer.{at}")
    care = kept = x
    for at, layer in enumerate(network.care):
        care = _layer(graph, f"care.{at}", layer, care, mask)
    for at, layer in enumerate(network.kept):
        kept = _layer(graph, f"kept.{at}", layer, kept, mask, origin=f"layer.{at + len(network.shared)}")
    weight = _weights_of_mean(graph)
    _answers(graph, network, care, weight)
    graph.node("MatMul", [weight, kept], "kept.mean")
    axes = graph.weight("axis.1", np.array([1], np.int64))
    graph.node("Squeeze", ["kept.mean", axes], "kept.flat")
    graph.node("LpNormalization", ["kept.flat"], "embedding", axis=-1, p=2)
    onnx.save(_model(graph, network.shape.hidden), path)


def read_onnx(path: Path) -> Network:
    """Read a graph of `write_onnx` back into a network, its weights as exact as they were written.

    For comparing the two, and for training on where an earlier training ended. What the graph does not hold
    (the heads that only help the training) begins anew.
    """
    graph = onnx.load(path).graph
    found = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    layers = {
        room: len({name.split(".")[1] for name in found if name.startswith(f"{room}.")}) for room in _ROOMS
    }
    vocabulary, hidden = found["words"].shape
    heads = next(
        attribute.i
        for node in graph.node
        if node.op_type == "MultiHeadAttention"
        for attribute in node.attribute
        if attribute.name == "num_heads"
    )
    shape = Shape(
        hidden=hidden,
        layers=layers["shared"] + layers["care"],
        heads=heads,
        feed_forward=found["care.0.up.bias"].shape[0],
        vocabulary=vocabulary,
        positions=found["places"].shape[0],
        types=1,
        epsilon=1e-12,
    )
    network = Network(shape, shared=layers["shared"])
    state = {
        "embeddings.words.weight": _words(found),
        "embeddings.places.weight": found["places"],
        "embeddings.norm.weight": found["norm.gamma"],
        "embeddings.norm.bias": found["norm.beta"],
        "pool.weight": found["pool.weight"].T,
        "pool.bias": np.zeros(1),  # moves every token's score alike, so the graph leaves it out
        "gist.weight": (found["gist.first.weight"] * found["gist.first.scale"]).T,
        "gist.bias": found["gist.first.bias"],
        "plain.weight": found["plain.weight"].T,
        "plain.bias": found["plain.bias"],
    }
    for name in ANSWERS:
        state |= {
            f"heads.{name}.weight": found[f"{name}.weight"].T,
            f"heads.{name}.bias": found[f"{name}.bias"],
        }
    for room, count in layers.items():
        for at in range(count):
            state |= _layer_state(found, f"{room}.{at}")
    network.load_state_dict(
        {name: torch.from_numpy(np.array(value, np.float32)) for name, value in state.items()}, strict=False
    )
    return network.eval()


_ROOMS: Final = ("shared", "care", "kept")


def _words(found: dict[str, Any]) -> NDArray[np.float32]:
    words, scales = found["words"].astype(np.float32), found["words.scale"].astype(np.float32)
    return words * np.repeat(scales, _BLOCK, axis=1)


def _layer_state(found: dict[str, Any], name: str) -> dict[str, Any]:
    def matrix(part: str) -> Any:
        if (halves := found.get(f"{name}.{part}.halves")) is not None:
            blocks = np.repeat(found[f"{name}.{part}.blocks"].astype(np.float32), _BLOCK, axis=0)
            return (halves.astype(np.float32) * blocks * found.get(f"{name}.{part}.scale", 1.0)).T
        whole = found[f"{name}.{part}.weight"] * found[f"{name}.{part}.scale"]
        return (whole * found.get(f"{name}.{part}.smooth", np.ones(len(whole)))[:, None]).T

    three = np.split(matrix("qkv"), 3), np.split(found[f"{name}.qkv.bias"], 3)
    state: dict[str, Any] = {}
    for part, weight, bias in zip(("query", "key", "value"), *three, strict=True):
        state |= {f"{name}.{part}.weight": weight, f"{name}.{part}.bias": bias}
    for part in ("out", "up", "down"):
        state |= {f"{name}.{part}.weight": matrix(part), f"{name}.{part}.bias": found[f"{name}.{part}.bias"]}
    for ours, theirs in (("out_norm", f"{name}.between"), ("down_norm", name)):
        state |= {
            f"{name}.{ours}.weight": found[f"{theirs}.gamma"],
            f"{name}.{ours}.bias": found[f"{theirs}.beta"],
        }
    return state


def _model(graph: _Graph, hidden: int) -> Any:
    sizes = {**{name: HEADS[name] for name in ANSWERS}, "embedding": hidden}
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "vaste",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["posts", "tokens"])
                for name in ("input_ids", "attention_mask")
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["posts", size])
                for name, size in sizes.items()
            ],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid(_OURS, 1)],
        ir_version=10,
        producer_name="vaste",
    )


def _lower(
    graph: _Graph, network: Network, words: tuple[NDArray[np.uint8], NDArray[np.float16]]
) -> tuple[str, str]:
    """Words and their places; and the mask as attention takes it."""
    packed, scales = words
    graph.weights.append(
        helper.make_tensor(
            "words", TensorProto.INT4, [packed.shape[0], packed.shape[1] * 2], packed.tobytes(), raw=True
        )
    )
    graph.weight("words.scale", scales)
    graph.node(
        "GatherBlockQuantized",
        ["words", "input_ids", "words.scale"],
        "words.half",
        domain=_OURS,
        gather_axis=0,
        quantize_axis=1,
        block_size=_BLOCK,
    )
    graph.node("Cast", ["words.half"], "words.read", to=TensorProto.FLOAT)
    graph.node("Shape", ["input_ids"], "tokens", start=1, end=2)
    graph.weight("places", _array(network.embeddings.places.weight)[:128])
    graph.weight("zero", np.array([0], np.int64))
    graph.node("Slice", ["places", "zero", "tokens", "zero"], "places.read")
    graph.node("Add", ["words.read", "places.read"], "embedded")
    norm = network.embeddings.norm
    gamma, beta = (
        graph.weight("norm.gamma", _array(norm.weight)),
        graph.weight("norm.beta", _array(norm.bias)),
    )
    graph.node("LayerNormalization", ["embedded", gamma, beta], "normed", axis=-1, epsilon=float(norm.eps))
    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    return "normed", "mask"


def _layer(graph: _Graph, name: str, layer: Layer, x: str, mask: str, *, origin: str = "") -> str:
    """One layer; `origin` is the name under which e5 holds it, where it was not trained."""
    three = (layer.query, layer.key, layer.value)
    of_three = [graph.stored.get(f"{origin}.{part}") for part in ("query", "key", "value")]
    graph.product(
        x,
        f"{name}.qkv",
        np.concatenate([_array(part.weight).T for part in three], axis=1),
        np.concatenate([_array(part.bias) for part in three]),
        Halves.joined(of_three),
    )
    parts = [f"{name}.{part}" for part in ("q", "k", "v")]
    graph.nodes.append(
        helper.make_node("Split", [f"{name}.qkv"], parts, name=f"{name}.split", axis=-1, num_outputs=3)
    )
    seen = graph.node(
        "MultiHeadAttention", [*parts, "", mask], f"{name}.seen", domain=_OURS, num_heads=layer.heads
    )
    out = graph.product(
        seen,
        f"{name}.out",
        _array(layer.out.weight).T,
        _array(layer.out.bias),
        graph.stored.get(f"{origin}.out"),
    )
    x = graph.normed_sum(x, out, f"{name}.between", layer.out_norm)
    up = graph.product(
        x, f"{name}.up", _array(layer.up.weight).T, _array(layer.up.bias), graph.stored.get(f"{origin}.up")
    )
    wide = graph.node("Gelu", [up], f"{name}.gelu")
    down = graph.exact_product(
        wide,
        f"{name}.down",
        _array(layer.down.weight).T,
        _array(layer.down.bias),
        graph.stored.get(f"{origin}.down"),
    )
    return graph.normed_sum(x, down, name, layer.down_norm)


def _weights_of_mean(graph: _Graph) -> str:
    """(posts, 1, tokens), together 1 over the tokens that are there."""
    graph.node("Cast", ["attention_mask"], "mask.float", to=TensorProto.FLOAT)
    one, last = graph.weight("axis", np.array([1], np.int64)), graph.weight("last", np.array([-1], np.int64))
    graph.node("ReduceSum", ["mask.float", last], "mask.count", keepdims=1)
    graph.node("Div", ["mask.float", "mask.count"], "mask.share")
    return graph.node("Unsqueeze", ["mask.share", one], "mean.weight")


def _answers(graph: _Graph, network: Network, x: str, weight: str) -> None:
    """The mean and what the pool looks at, the gist of both, and every head's logits."""
    graph.node("MatMul", [weight, x], "care.mean")
    graph.node("MatMul", [x, graph.weight("pool.weight", _array(network.pool.weight).T)], "pool.raw")
    last = graph.weight("axes.last", np.array([2], np.int64))
    graph.node("Squeeze", ["pool.raw", last], "pool.score")
    # far below every score where there is no token
    far, one = graph.weight("far", np.array(10_000, np.float32)), graph.weight("one", np.array(1, np.float32))
    graph.node("Sub", ["mask.float", one], "pool.absent")
    graph.node("Mul", ["pool.absent", far], "pool.bias")
    graph.node("Add", ["pool.score", "pool.bias"], "pool.biased")
    graph.node("Softmax", ["pool.biased"], "pool.share", axis=-1)
    middle = graph.weight("axes.middle", np.array([1], np.int64))
    graph.node("Unsqueeze", ["pool.share", middle], "pool.wide")
    graph.node("MatMul", ["pool.wide", x], "care.looked")
    graph.node("Concat", ["care.mean", "care.looked"], "care.both", axis=-1)
    graph.node("Squeeze", ["care.both", middle], "care.flat")
    gist = network.gist
    graph.exact_product("care.flat", "gist.first", _array(gist.weight).T, _array(gist.bias))
    graph.node("Gelu", ["gist.first"], "gist")
    graph.node("Squeeze", ["care.mean", middle], "care.plain")
    _gemm(graph, "care.plain", network.plain, "plain")
    for name in ANSWERS:
        head: Any = network.heads[name]
        _gemm(graph, "gist", head, name, "first" if name == "sentiment" else "")
    graph.node("Add", ["sentiment.first", "plain"], "sentiment")


def _gemm(graph: _Graph, x: str, head: Any, name: str, suffix: str = "") -> None:
    inputs = [
        x,
        graph.weight(f"{name}.weight", _array(head.weight).T),
        graph.weight(f"{name}.bias", _array(head.bias)),
    ]
    graph.node("Gemm", inputs, f"{name}.{suffix}" if suffix else name)


def _array(parameter: torch.Tensor) -> NDArray[np.float32]:
    return parameter.detach().numpy().astype(np.float32)
