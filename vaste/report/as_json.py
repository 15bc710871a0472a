"""A document as JSON, for machines: its sentences, tables, and the cases behind every figure. Pure."""

import json
from typing import Any

from vaste.report.document import Advice, Document, Table


def as_json(document: Document) -> str:
    """Write a report as one object; figures are worded as people read them, cases are numbers."""
    told: dict[str, Any] = {
        "title": document.title,
        "period": document.words["period"],
        "language": document.language,
        "sentences": document.sentences,
        "tiles": [
            {"name": tile.name, "value": tile.value, "beside": tile.beside, "before": tile.before}
            for tile in document.tiles
        ],
        "proposals": [
            {"title": one.title, "evidence": one.evidence, "proposal": one.proposal, "figure": one.opened.key}
            for section in document.sections
            for one in section.blocks
            if isinstance(one, Advice)
        ],
        "tables": {
            section.key: [
                {"head": block.head, "lines": [line.cells for line in block.lines]}
                for block in section.blocks
                if isinstance(block, Table)
            ]
            for section in document.sections
        },
        "figures": {opened.key: opened.cases for opened in document.opened()},
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
