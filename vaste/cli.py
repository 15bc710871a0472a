"""The commands. Exit 0: done; 1: found something wrong; 2: wrong usage or configuration."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from casebook.db import DatabaseUnavailable
from casebook.mention import Verdict, as_utc
from casebook.store import Kept, Store
from classifier.model import Classifier, ModelUnavailable
from playbooks.decide import Post, explain
from playbooks.playbook import Decision, Trial
from vaste.clock import WallClock
from vaste.config import Config, load_config
from vaste.logs import set_up_logs
from vaste.report_log import FORMATS, PLANNED, write_csv, write_json, write_table
from vaste.wiring import desk_of, open_classifier, open_store, wire

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Watches what people say of a company, pages who is on call, and measures how long the customer waited.",
)
DEFAULT_CONFIG = Path("config.yaml")
ConfigFile = Annotated[Path, typer.Option("--config", help="The configuration.")]


def main() -> None:
    """Run the command line; whatever goes wrong is one line on stderr that says what to do."""
    try:
        app()
    except DatabaseUnavailable as error:
        _stop(str(error), 2)
    except ModelUnavailable as error:
        _stop(f"classifier: {error}", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(code)


def _load(path: Path, *, warn: bool = False) -> Config:
    """Load a configuration or stop with every problem on a line of its own."""
    loaded = load_config(path, os.environ)
    if loaded.config is None or warn:
        for problem in loaded.problems:
            typer.echo(str(problem) if problem.fatal else f"{problem} (warning)", err=True)
    if loaded.config is None:
        raise SystemExit(2)
    return loaded.config


@app.command()
def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run the service: poll, classify, route, escalate, serve the page. Ctrl-C or SIGTERM stops it."""
    from vaste.service import run as serve  # noqa: PLC0415 - the web server is slow to import

    loaded = _load(config, warn=True)
    set_up_logs()
    serve(loaded)


@app.command()
def once(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run one tick of every job and say what each did."""
    loaded = _load(config, warn=True)
    set_up_logs()
    store = open_store(loaded)
    jobs = wire(loaded, store=store, clock=WallClock())
    for name in jobs.sources:
        filed = jobs.poll(name)
        typer.echo(
            f"poll {name}: {filed.mentions} new mentions, {filed.replies} replies of ours, {filed.known} known, {filed.context} older than the first start"
        )
    typer.echo(f"triage: {jobs.triage()} judged")
    typer.echo(f"match: {jobs.match()} cases looked at")
    typer.echo(f"watch: {jobs.watch()} cases due")
    typer.echo(f"deliver: {jobs.deliver_all()} messages accepted")
    for channel in jobs.channels:
        channel.close()
    problems = store.problems()
    for problem in problems:
        typer.echo(problem.message, err=True)
    raise SystemExit(1 if problems else 0)


@app.command()
def worker(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run one more machine of a PostgreSQL installation (not built yet)."""
    _load(config)
    _stop("vaste worker is not built yet; run one vaste run", 2)


@app.command()
def check(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the vendors and load the model.")
    ] = False,
) -> None:
    """List every problem of the configuration at once, and what the service could not mend by itself."""
    loaded = load_config(config, os.environ)
    found = [str(problem) for problem in loaded.problems]
    if loaded.config is not None:
        found += _standing(loaded.config)
        found += _asked(loaded.config) if online else []
    for line in found:
        typer.echo(line)
    if loaded.config is None:
        raise SystemExit(2)
    if not found:
        typer.echo(f"{config}: no problems")
    raise SystemExit(1 if found else 0)


def _standing(config: Config) -> list[str]:
    """Give the problems that the service recorded and that are not over."""
    url = config.database.get_secret_value()
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return []  # never run: looking must not make a database
    store = open_store(config)
    refused = store.deliveries().get("refused", 0)
    told = [
        f"{problem.message} (since {problem.first_at:%Y-%m-%d %H:%M} UTC)" for problem in store.problems()
    ]
    return (
        [*told, f"{refused} messages were refused by every channel; see the cases' histories"]
        if refused
        else told
    )


def _asked(config: Config) -> list[str]:
    store = open_store(config)
    jobs = wire(config, store=store, clock=WallClock())
    found = [
        f"source {name}: {line}" for name, (source, _) in jobs.sources.items() for line in source.check()
    ]
    found += [f"channel {channel.kind}: {line}" for channel in jobs.channels for line in channel.check()]
    try:
        jobs.classifier.warm()
    except ModelUnavailable as error:
        found.append(f"classifier: {error}")
    for channel in jobs.channels:
        channel.close()
    for source, _ in jobs.sources.values():
        source.close()
    return found


@app.command()
def classify(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, lines of standard input.")
    ] = None,
    *,
    config: Annotated[
        Path | None, typer.Option("--config", help="Takes topics and thresholds from it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Say what the classifier thinks of texts, in their order, one line each."""
    judge = _classifier(config)
    console = Console(soft_wrap=True, highlight=False)
    for batch in _batches(texts or _lines()):
        for text, verdict in zip(batch, judge.judge(batch), strict=True):
            if as_json:
                sys.stdout.write(json.dumps(verdict_json(verdict), ensure_ascii=False) + "\n")
            else:
                console.print(verdict_line(verdict, text), markup=False)
        sys.stdout.flush()


def _classifier(path: Path | None) -> Classifier:
    if path is None and not DEFAULT_CONFIG.exists():
        return Classifier()
    return open_classifier(_load(path or DEFAULT_CONFIG))


def _lines() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def _batches(texts: Iterable[str], size: int = 64) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == size or sys.stdin.isatty():
            yield batch
            batch = []
    if batch:
        yield batch


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Give a verdict as the contract writes it."""
    return {
        "sentiment": verdict.sentiment.value,
        "probabilities": {
            "negative": round(verdict.negative, 4),
            "neutral": round(verdict.neutral, 4),
            "positive": round(verdict.positive, 4),
        },
        "attention": round(verdict.attention, 4),
        "topics": {name: round(score, 4) for name, score in verdict.topics.items()},
        "language": verdict.language,
        "abstained": verdict.abstained,
        "model": verdict.model,
    }


def verdict_line(verdict: Verdict, text: str) -> str:
    """Give a verdict as one readable line."""
    from notifier.wording import clean_line  # noqa: PLC0415 - Babel is slow to import

    feeling = (
        "abstains"
        if verdict.abstained
        else f"{verdict.sentiment} {verdict.probability(verdict.sentiment):.2f}"
    )
    topics = ", ".join(f"{name} {verdict.topics[name]:.2f}" for name in verdict.topics_held)
    parts = [
        f"{feeling:<14}",
        f"attention {verdict.attention:.2f}",
        verdict.language,
        topics,
        clean_line(text)[:120],
    ]
    return "  ".join(part for part in parts if part)


@app.command("explain")
def explain_mention(
    mention: Annotated[str, typer.Argument(help="Its id on the network, NETWORK/ID, or its link.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Say why a mention did or did not open a case: every playbook, condition by condition."""
    loaded = _load(config)
    found = open_store(loaded).find(mention)
    if not found:
        _stop(f"no mention {mention!r} is on record; give its id on the network or its link", 1)
    for kept in found:
        typer.echo("\n".join(explanation(kept, loaded)))


def explanation(kept: Kept, config: Config) -> Iterator[str]:
    """Give the lines that explain one mention."""
    yield f"{kept.mention.network}/{kept.mention.post_id} by {kept.author}, posted {kept.mention.posted_at:%Y-%m-%d %H:%M:%S} UTC"
    if kept.verdict is None:
        yield (
            "older than its source's first start: context only, never judged"
            if kept.context
            else "not judged yet"
        )
        return
    yield f"verdict: {verdict_line(kept.verdict, '')}"
    yield f"then: {kept.reason}" + (f" (case {kept.case})" if kept.case else "")
    desk = desk_of(config, direct=False)
    kinds = [desk.kinds[name] for name in kept.mention.sources if name in desk.kinds]
    post = Post(
        text=kept.mention.text,
        sources=tuple(dict.fromkeys((*kept.mention.sources, *kinds))),
        followers=kept.mention.followers,
        bystander=kept.bystander,
    )
    decision: Decision = explain(post, kept.verdict, config.playbooks)
    yield f"now:  {decision.reason}"
    for trial in decision.trials:
        yield from _trial_lines(trial)


def _trial_lines(trial: Trial) -> Iterator[str]:
    outcome = "passed over" if trial.passed_over else "matches" if trial.matched else "does not match"
    yield f"  {trial.playbook}: {outcome}" + (f" ({trial.passed_over})" if trial.passed_over else "")
    for condition in trial.conditions:
        yield f"    {'yes' if condition.held else 'no '}  {condition.asked}: {condition.found}"


@app.command()
def log(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    since: Annotated[str | None, typer.Option(help="From this date or instant of the post on.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this date or instant of the post.")] = None,
    team: Annotated[str | None, typer.Option(help="Of this team only.")] = None,
    playbook: Annotated[str | None, typer.Option(help="Of this playbook only.")] = None,
    form: Annotated[str, typer.Option("--format", help=" | ".join(FORMATS))] = "table",
) -> None:
    """Print the response-time log, oldest post first."""
    if form in PLANNED:
        _stop(f"--format {form} is not built yet; use csv or json", 2)
    if form not in FORMATS:
        _stop(f"--format {form} is unknown; use {', '.join(FORMATS)}", 2)
    loaded = _load(config)
    with _filtered(loaded, since, until, team, playbook) as rows:
        if form == "json":
            write_json(rows, sys.stdout)
        elif form == "csv":
            write_csv(rows, sys.stdout)
        else:
            write_table(rows, Console(), loaded.timezone)


@contextmanager
def _filtered(
    config: Config, since: str | None, until: str | None, team: str | None, playbook: str | None
) -> Iterator[Iterable[dict[str, Any]]]:
    store: Store = open_store(config)
    start, end = _instant(since, config, "--since"), _instant(until, config, "--until")
    yield store.log(now=WallClock().now(), since=start, until=end, team=team, playbook=playbook)


def _instant(written: str | None, config: Config, option: str) -> datetime | None:
    """Read a date in the configuration's zone (its first instant), or an instant."""
    if written is None:
        return None
    try:
        at = datetime.fromisoformat(written)
        return as_utc(at if at.tzinfo else at.replace(tzinfo=config.timezone))
    except (ValueError, OverflowError):
        _stop(f"{option} {written!r} is no date; write 2026-11-01 or 2026-11-01T18:41:00Z", 2)


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the summary.")] = False,
    config: Annotated[
        Path | None, typer.Option("--config", help="Another configuration than the demo's.")
    ] = None,
) -> None:
    """Play a coffee roaster's worst and best week through the whole of Vaste; no key, no network."""
    from vaste.demo.play import play  # noqa: PLC0415 - only this command needs it

    del config
    raise SystemExit(play(stay=not once and sys.stdout.isatty(), console=Console()))


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as of  # noqa: PLC0415 - only this command needs it

    typer.echo(of("vaste"))


if __name__ == "__main__":
    main()
