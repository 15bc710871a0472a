"""`vaste budget`: what reading has cost this month, what it will have cost, and what is slowed for it."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from casebook.store import Spending, Store
from listener.budget import DOLLAR, Plan, dollars, month_of, plan_month, total
from listener.source import SourceSettings
from notifier.hostile import clean_line
from vaste.clock import WallClock
from vaste.commands.given import load, record_of, stop
from vaste.faults import nearest
from vaste.report_log import write_json
from vaste.spending import least_look, slowed, spending_of

FORMATS = ("table", "json")
_PAPER = 200


@dataclass(frozen=True, slots=True)
class Account:
    """What one source's reads come to."""

    source: SourceSettings
    spending: Spending
    plan: Plan | None
    """None where there is no budget."""
    cases: int
    """That its mentions opened this month."""
    troubles: tuple[str, ...]
    """Of its lanes, that stand."""
    month: datetime


def run(path: Path, *, source: str | None, form: str) -> None:
    """Write what reading costs, a row a source that is billed or has a budget."""
    if form not in FORMATS:
        stop(f"--format {form!r} is unknown; use {', '.join(FORMATS)}", 2)
    config = load(path)
    names = [settings.name for settings in config.sources]
    if source is not None and source not in names:
        stop(f"no source has the name {clean_line(source)!r}; {nearest(source, names)}", 2)
    asked = [one for one in config.sources if one.tariff and source in {None, one.name}]
    now = WallClock().now()
    with record_of(config) as store:
        accounts = [account_of(store, settings, now=now) for settings in asked]
    if form == "json":
        write_json((as_row(account) for account in accounts), sys.stdout)
        return
    console = Console(width=None if sys.stdout.isatty() else _PAPER)
    if not accounts:
        console.print("Nothing to pay for: none of these sources is billed by the read.")
        return
    console.print(_table(accounts, now))
    for account in accounts:
        for one in as_row(account)["slowed"]:
            console.print(f"{clean_line(one)}.", markup=False)


def account_of(store: Store | None, settings: SourceSettings, *, now: datetime) -> Account:
    """Add up one source; without a record nothing was read yet."""
    month = month_of(now)[0]
    spending = spending_of(store, settings.name, now=now) if store else Spending(since=now)
    plan = plan_month(settings.budget, spending, now=now) if settings.budget else None
    cases = store.cases_opened(settings.name, since=month) if store else 0
    key = f"source:{settings.name}"
    stands = store.problems() if store else []
    troubles = tuple(one.message for one in stands if one.key == key or one.key.startswith(f"{key}:"))
    return Account(settings, spending, plan, cases, troubles, month)


def as_row(account: Account) -> dict[str, Any]:
    """Give an account as JSON writes it; amounts in dollars, absent is null."""
    spent, plan = total(account.spending.month), account.plan
    told = slowed(plan, account.troubles, least=least_look(account.source)) if plan else []
    return {
        "source": account.source.name,
        "month": f"{account.month:%Y-%m}",
        "budget_usd": plan.budget / DOLLAR if plan else None,
        "spent_usd": spent / DOLLAR,
        "left_usd": plan.left / DOLLAR if plan else None,
        "forecast_usd": plan.forecast / DOLLAR if plan and plan.forecast is not None else None,
        "reads": {
            what: {"reads": reads, "usd": micros / DOLLAR}
            for what, (reads, micros) in _by_what(account.spending).items()
        },
        "lanes": {lane: micros / DOLLAR for lane, micros in _by_lane(account.spending).items()},
        "cases": account.cases,
        "usd_per_case": spent / DOLLAR / account.cases if account.cases else None,
        "slowed": told,
    }


def _by_what(spending: Spending) -> Mapping[str, tuple[int, int]]:
    reads: Counter[str] = Counter()
    micros: Counter[str] = Counter()
    for one in spending.month:
        reads[one.what] += one.reads
        micros[one.what] += one.micros
    return {what: (reads[what], micros[what]) for what in sorted(reads)}


def _by_lane(spending: Spending) -> Mapping[str, int]:
    micros: Counter[str] = Counter()
    for one in spending.month:
        micros[one.lane] += one.micros
    return dict(sorted(micros.items()))


def _table(accounts: list[Account], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    month = f"spent in {month_of(now)[0]:%B %Y}"
    for name in ("source", month, "of", "forecast", "reads", "cases opened", "a case"):
        table.add_column(name, overflow="fold")
    for account in accounts:
        plan, spent = account.plan, total(account.spending.month)
        forecast = dollars(plan.forecast) if plan and plan.forecast is not None else "too early to say"
        reads = [
            f"{count} {what} {dollars(micros)}"
            for what, (count, micros) in _by_what(account.spending).items()
        ]
        cells = (
            account.source.name,
            dollars(spent),
            dollars(plan.budget) if plan else "no budget",
            forecast if plan else "–",
            ", ".join(reads) or "–",
            str(account.cases),
            dollars(spent / account.cases) if account.cases else "–",
        )
        table.add_row(*(Text(clean_line(cell)) for cell in cells))
    return table
