"""Begin where an earlier training ended: a graph of e5's twelve layers that was tuned on the public sets.

Tuning all layers on the public sets takes an hour and a half on two cores without bfloat16. Whoever has a graph
in which that was done begins from it (`--start FOLDER`). Expected is what torch's exporter and the runtime's
dynamic quantisation make of such a network: matrices in 8 bits whose biases keep their names
(`m.L.0.q.bias`, …), a mean over the tokens, and a linear head `a` for sentiment.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from classifier.training.e5 import Floats
from classifier.training.network import Network

GRAPH: Final = "model.int8.onnx"
_PARTS: Final = {
    "q": "query",
    "k": "key",
    "v": "value",
    "o": "out",
    "l1": "out_norm",
    "f1": "up",
    "f2": "down",
    "l2": "down_norm",
}
_FARTHEST: Final = 8
"""Nodes between a product of whole numbers and the sum with its bias."""


def read_start(folder: Path) -> dict[str, Floats]:
    """Read the weights as floats, by the names of their biases. Raises FileNotFoundError, ValueError."""
    path = folder / GRAPH
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there; give the folder of a tuned graph with --start, or `none`"
        )
    graph = onnx.load(path).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    found = {name: value for name, value in held.items() if value.dtype == np.float32 and value.ndim}
    for node in graph.node:
        bias = next((name for name in node.input if name.endswith(".bias") and name in held), None)
        if node.op_type != "Add" or bias is None:
            continue
        other = next(name for name in node.input if name != bias)
        product = _product_before(other, makers, _FARTHEST)
        if product is None:
            raise ValueError(
                f"{path}: no product of whole numbers before {bias}; it is no graph of this kind"
            )
        name = product.input[1].removesuffix("_quantized")
        steps = held[product.input[1]].astype(np.float32) - held[f"{name}_zero_point"].astype(np.float32)
        found[bias.removesuffix(".bias") + ".weight"] = (steps * held[f"{name}_scale"]).T
    return found


def _product_before(name: str, makers: dict[str, Any], steps: int) -> Any:
    node = makers.get(name)
    if node is None or steps == 0:
        return None
    if node.op_type == "MatMulInteger":
        return node
    for before in node.input:
        if (found := _product_before(before, makers, steps - 1)) is not None:
            return found
    return None


@torch.no_grad()
def begin_from(network: Network, weights: dict[str, Floats]) -> None:
    """Give the care branch the tuned layers, and `plain` the tuned head, in place.

    The new head of the gist begins at a tenth of its size: it adds to what is known rather than drowning it.
    Raises KeyError where the weights lack a layer, ValueError where the network shares layers.
    """
    if len(network.shared):
        raise ValueError("a tuned start has layers of its own from the first on: --shared 0")
    for at, layer in enumerate(network.care):
        for theirs, ours in _PARTS.items():
            for part in ("weight", "bias"):
                getattr(getattr(layer, ours), part).copy_(_tensor(weights[f"m.L.{at}.{theirs}.{part}"]))
    network.plain.weight.copy_(_tensor(weights["a.weight"]))
    network.plain.bias.copy_(_tensor(weights["a.bias"]))
    first = network.heads["sentiment"]
    first.weight.mul_(0.1)
    first.bias.zero_()


def _tensor(value: Floats) -> torch.Tensor:
    return torch.from_numpy(np.array(value, np.float32))
