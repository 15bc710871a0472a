"""The network in torch: shared lower layers, and above them a care branch and an embedding branch.

multilingual-e5-small is a BERT of 12 layers. Its word embeddings, and as many of its lower layers as is wished (none
in the bundled model), are kept as they are and shared. Above them stand two copies of the others: one is trained to read care posts (sentiment,
attention, kind, HOT, urgency), the other stays as it was, so that the embedding remains the one that its makers
trained on a billion pairs. One pass gives both.

Shapes: `ids` and `mask` are int64 (posts, tokens), 1 in the mask where there is a token.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.e5 import Floats, Shape

HEADS: Final = {"sentiment": 3, "attention": 1, "kind": 16, "hot": 4, "urgency": 4, "hard": 10, "emotion": 8}
"""What the care branch answers, and with how many logits. `hard` and `emotion` only help the training."""


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019), after its weights' names in transformers."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size = shape.hidden
        self.heads = shape.heads
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.out = nn.Linear(size, size)
        self.out_norm = nn.LayerNorm(size, eps=shape.epsilon)
        self.up = nn.Linear(size, shape.feed_forward)
        self.down = nn.Linear(shape.feed_forward, size)
        self.down_norm = nn.LayerNorm(size, eps=shape.epsilon)

    def forward(self, x: Tensor, bias: Tensor, drop: float = 0.0) -> Tensor:
        """(posts, tokens, hidden) to the same; `bias` (posts, 1, 1, tokens) is added to attention's scores.

        `drop` is the share of numbers that training leaves out before each sum.
        """
        posts, tokens, size = x.shape
        wide = (posts, tokens, self.heads, size // self.heads)
        query, key, value = (
            part(x).reshape(wide).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        # plain products: they are exported as they stand, and are as quick as the fused form on processors
        scores = query @ key.transpose(2, 3) / math.sqrt(size // self.heads) + bias
        seen = (scores.softmax(-1) @ value).transpose(1, 2).reshape(posts, tokens, size)
        heard = functional.dropout(self.out(seen), drop, training=self.training)
        x = self.out_norm(x + heard)
        thought = functional.dropout(self.down(functional.gelu(self.up(x))), drop, training=self.training)
        return self.down_norm(x + thought)


class Embeddings(nn.Module):
    """Words and their places, before the first layer; never trained."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.words = nn.Embedding(shape.vocabulary, shape.hidden)
        self.places = nn.Embedding(shape.positions, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)

    def forward(self, ids: Tensor) -> Tensor:
        """(posts, tokens) to (posts, tokens, hidden)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        return self.norm(self.words(ids) + self.places(places))


def bias_of(mask: Tensor) -> Tensor:
    """Give what is added to attention's scores so that nothing looks at padding: (posts, 1, 1, tokens)."""
    return (1.0 - mask[:, None, None, :].to(torch.float32)) * -10_000.0


def mean_of(x: Tensor, mask: Tensor) -> Tensor:
    """Mean over the tokens that are there: (posts, tokens, hidden) to (posts, hidden)."""
    weight = mask[:, :, None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1)


class Network(nn.Module):
    """The whole network; `shared` says how many layers both branches have in common."""

    def __init__(self, shape: Shape, *, shared: int) -> None:
        super().__init__()
        above = shape.layers - shared
        self.shape = shape
        self.embeddings = Embeddings(shape)
        self.shared = nn.ModuleList(Layer(shape) for _ in range(shared))
        self.care = nn.ModuleList(Layer(shape) for _ in range(above))
        self.kept = nn.ModuleList(Layer(shape) for _ in range(above))
        self.pool = nn.Linear(shape.hidden, 1)
        self.gist = nn.Linear(2 * shape.hidden, shape.hidden)
        self.heads = nn.ModuleDict({name: nn.Linear(shape.hidden, size) for name, size in HEADS.items()})
        self.plain = nn.Linear(shape.hidden, HEADS["sentiment"])
        nn.init.zeros_(self.plain.weight)
        nn.init.zeros_(self.plain.bias)

    def lower(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Give what both branches start from, and attention's bias."""
        bias = bias_of(mask)
        x = self.embeddings(ids)
        for layer in self.shared:
            x = layer(x, bias)
        return x, bias

    def read(self, x: Tensor, bias: Tensor, mask: Tensor, *, drop: float = 0.0) -> dict[str, Tensor]:
        """Give the care branch's logits by head, from what `lower` gave."""
        for layer in self.care:
            x = layer(x, bias, drop)
        weights = (self.pool(x) + bias[:, 0, 0, :, None]).softmax(1)
        mean = mean_of(x, mask)
        gist = functional.gelu(self.gist(torch.cat([mean, (weights * x).sum(1)], dim=1)))
        gist = functional.dropout(gist, drop, training=self.training)
        found = {name: head(gist) for name, head in self.heads.items()}
        found["sentiment"] = found["sentiment"] + self.plain(mean)
        return found

    def embed(self, x: Tensor, bias: Tensor, mask: Tensor) -> Tensor:
        """Give the embedding, of length 1, from what `lower` gave: (posts, hidden)."""
        for layer in self.kept:
            x = layer(x, bias)
        return functional.normalize(mean_of(x, mask), dim=-1)


@torch.no_grad()
def level(network: Network, posts: "Padded") -> None:
    """Let the gist begin from numbers of mean 0 and deviation 1, measured on these posts.

    e5's means of unlike texts are nearly the same vector (their cosines are .7 to .9): what tells texts apart
    is small beside what they share, and heads on the raw means learn slowly.
    """
    nn.init.zeros_(network.pool.weight)
    x, bias = network.lower(posts.ids, posts.mask)
    for layer in network.care:
        x = layer(x, bias)
    mean = mean_of(x, posts.mask)
    both = torch.cat([mean, mean], dim=1)
    centre, spread = both.mean(0), both.std(0)
    network.gist.weight /= spread
    network.gist.bias -= network.gist.weight @ centre


_PARTS: Final = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "out_norm",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "down_norm",
}


def from_e5(shape: Shape, weights: Mapping[str, Floats], *, shared: int) -> Network:
    """Build the network from e5's weights (`e5.read_weights`): both branches begin as e5's upper layers."""
    network = Network(shape, shared=shared)
    state = {
        "embeddings.words.weight": weights["embeddings.word_embeddings.weight"],
        # e5 reads one sentence: its type is always the first, so it may as well be part of the places
        "embeddings.places.weight": weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][:1],
        "embeddings.norm.weight": weights["embeddings.LayerNorm.weight"],
        "embeddings.norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    for layer in range(shape.layers):
        places = (
            [f"shared.{layer}"] if layer < shared else [f"care.{layer - shared}", f"kept.{layer - shared}"]
        )
        for theirs, ours in _PARTS.items():
            for part in ("weight", "bias"):
                value = weights[f"encoder.layer.{layer}.{theirs}.{part}"]
                state.update({f"{place}.{ours}.{part}": value for place in places})
    missing, unexpected = network.load_state_dict(
        {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()}, strict=False
    )
    new = [name for name in missing if not name.startswith(("heads.", "pool.", "gist.", "plain."))]
    if new or unexpected:
        raise ValueError(f"e5's weights do not fit: missing {new}, unexpected {unexpected}")
    for part in (network.embeddings, network.shared, network.kept):
        part.requires_grad_(requires_grad=False)
    return network


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts of like lengths as two arrays, int64 (posts, tokens)."""

    ids: Tensor
    mask: Tensor


def padded(encoded: Sequence[Sequence[int]], *, padding: int = 1) -> Padded:
    """Bring token lists to one length."""
    longest = max(len(ids) for ids in encoded)
    ids = torch.full((len(encoded), longest), padding, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = torch.tensor(list(tokens), dtype=torch.int64)
        mask[row, : len(tokens)] = 1
    return Padded(ids, mask)
