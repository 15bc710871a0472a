"""Which of e5's 250,000 word pieces a model of Finnish, Swedish and English needs.

A piece is kept when the texts of the training or the commonest words of the three languages use it, or when it
is a single sign of the Latin alphabet, a digit, a mark or an emoji: so that what is misspelt can still be put
together from small pieces.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

_SPECIAL: Final = ("<s>", "<pad>", "</s>", "<unk>")
_MASK: Final = "<mask>"
_SPACE: Final = "▁"


def commonest_words(languages: Mapping[str, int]) -> Iterable[str]:
    """Give the commonest words of each language, as they stand and with a capital (list of wordfreq)."""
    from wordfreq import top_n_list  # noqa: PLC0415 - needed in training alone

    for language, count in languages.items():
        for word in top_n_list(language, count):
            yield word
            yield word.capitalize()


def used_pieces(tokenizer: Any, texts: Iterable[str], *, at_once: int = 2_000) -> Counter[str]:
    """Count the pieces that a tokenizer (of the tokenizers library) cuts texts into."""
    counted: Counter[str] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == at_once:
            _count(tokenizer, batch, counted)
            batch = []
    _count(tokenizer, batch, counted)
    return counted


def _count(tokenizer: Any, texts: list[str], counted: Counter[str]) -> None:
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        counted.update(encoding.tokens)


def trimmed(source: Path, wanted: Iterable[str]) -> tuple[dict[str, Any], list[int]]:
    """Leave only the wanted pieces of a unigram tokenizer.json.

    Gives the new tokenizer.json and, for each new piece in order, the row of the old vocabulary it had.
    """
    tokenizer: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    pieces = tokenizer["model"]["vocab"]
    rows = {piece: row for row, (piece, _score) in enumerate(pieces)}
    wanted = set(wanted)
    keep = [
        row
        for row, (piece, _score) in enumerate(pieces)
        if piece in _SPECIAL or piece in wanted or (piece != _MASK and _is_sign(piece.removeprefix(_SPACE)))
    ]
    if [pieces[row][0] for row in keep[: len(_SPECIAL)]] != list(_SPECIAL):
        raise ValueError(f"{source} does not begin with {', '.join(_SPECIAL)}")
    tokenizer["model"]["vocab"] = [pieces[row] for row in keep]
    tokenizer["model"]["unk_id"] = keep.index(rows["<unk>"])
    tokenizer["added_tokens"] = [entry for entry in tokenizer["added_tokens"] if entry["content"] != _MASK]
    return tokenizer, keep


_LATIN_ENDS: Final = 0x250
_MARKS: Final = (0x2000, 0x2C00)
_EMOJI: Final = (0x1F000, 0x1FB00)


def _is_sign(piece: str) -> bool:
    if len(piece) > 1:
        return False
    code = ord(piece) if piece else 0
    return code < _LATIN_ENDS or _MARKS[0] <= code < _MARKS[1] or _EMOJI[0] <= code < _EMOJI[1]
