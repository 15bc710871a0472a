"""Proposals in words: what to decide, the evidence, what could be done. Pure."""

from typing import Final

from vaste.report.document import Advice, Opened
from vaste.report.proposals import Proposal
from vaste.report.speech import Speech

_ROUND: Final = (
    300,
    600,
    900,
    1_800,
    2_700,
    3_600,
    5_400,
    7_200,
    10_800,
    14_400,
    21_600,
    28_800,
    43_200,
    86_400,
)
"""Promises that people can remember, in seconds."""
_DAY: Final = 86_400


def decide(proposal: Proposal, speech: Speech) -> str:
    """Give a proposal as a question to decide, for the first page."""
    return speech.say(f"decide.{proposal.kind}", **_values(proposal, speech))


def advice(proposal: Proposal, speech: Speech) -> Advice:
    """Give a proposal with its evidence."""
    values = _values(proposal, speech)
    if proposal.kind == "easier":
        key = "easier.reached" if "reached" in proposal.figures else "easier.unreached"
        told = speech.say(key, reached=values["reached"])
    else:
        told = values["reached"]
    return Advice(
        title=speech.say(f"{proposal.kind}.title", **values),
        evidence=speech.say(f"{proposal.kind}.evidence", **values | {"reached": told}),
        proposal=speech.say(f"{proposal.kind}.proposal", **values),
        opened=Opened(f"advice.{proposal.kind}.{proposal.about}", proposal.cases),
    )


def _values(proposal: Proposal, speech: Speech) -> dict[str, str]:
    figures = proposal.figures
    is_business = bool(figures.get("business"))
    return {
        "team": proposal.about,
        "playbook": proposal.about,
        "window": speech.window(proposal.window) if proposal.window else "",
        "stage": speech.say(f"stage.{proposal.stage or 'answer'}"),
        "suggested": speech.span_of(rounded(figures.get("reached", 0.0)), is_business=is_business),
        **{name: speech.percent(figures[name]) for name in ("of_all", "share", "target") if name in figures},
        **{
            name: speech.number(round(figures[name]))
            for name in ("broken", "saved", "due", "false", "decided", "never")
            if name in figures
        },
        "within": speech.span_of(figures.get("within"), is_business=is_business),
        "reached": speech.span_of(figures.get("reached"), is_business=is_business),
    }


def rounded(seconds: float) -> float:
    """Give the next longer promise that people can remember."""
    found = next((one for one in _ROUND if one >= seconds), None)
    return found if found is not None else -(-seconds // _DAY) * _DAY
