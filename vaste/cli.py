"""What can be typed. Exit 0: done; 1: found something wrong; 2: wrong usage or configuration."""

# ruff: noqa: PLC0415 - a command loads what it needs when it is called, so that --help answers at once

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches what people say of a company, pages who is on call, and measures how long the customer waited.",
)
database = typer.Typer(help="Look after the database.")
app.add_typer(database, name="db")
on_call = typer.Typer(invoke_without_command=True)
app.add_typer(on_call, name="oncall")
slack = typer.Typer(help="Set up the Slack app.")
app.add_typer(slack, name="slack")
response_log = typer.Typer(invoke_without_command=True)
app.add_typer(response_log, name="log")

DEFAULT_CONFIG = Path("config.yaml")
ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration.")]
ClassifierOf = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Takes the model, topics and playbooks from it.",
        show_default="config.yaml if there is one",
    ),
]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so: a key of people.")]
_PLANNED = {"allow_extra_args": True, "ignore_unknown_options": True}


def main() -> None:
    """Run the command line; whatever goes wrong is one line on stderr that says what to do."""
    # what a command loads is never garbage, and would be looked through again and again while it loads
    gc.set_threshold(20_000, 50, 50)
    words = sys.argv[1:]
    try:
        code = app(words or ["--help"], prog_name="vaste", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as mistake:
        _stop(_usage(mistake), 2)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        code = _told(error)
        if code is None:
            raise
    sys.exit(code if words else 2)


def _usage(mistake: typer.TyperException) -> str:
    context = getattr(mistake, "ctx", None)
    command = context.command_path if context else "vaste"
    return f"{command}: {mistake.format_message().rstrip('.')}; see {command} --help"


def _told(error: Exception) -> int | None:
    """Tell of an error that a person can do something about; gives the exit code, None for any other error."""
    from casebook.db import unavailable
    from classifier.model import ModelUnavailable

    reason = unavailable(error)
    if reason is not None:
        _stop(str(reason), 2)
    if isinstance(error, ModelUnavailable):
        _stop(f"classifier: {error}", 1)
    return None


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(" ".join(message.split()), err=True)
    raise SystemExit(code)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer gives it so
    if asked:
        version()
        raise typer.Exit


@app.callback()
def _vaste(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version  # answered by its callback


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the summary.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Play the week with its playbooks, topics, people and teams.",
            show_default="the roaster's own",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the week's report: .html, .pdf, .md or .json.")
    ] = None,
) -> None:
    """Play a roaster's worst and best week through all of Vaste: no key, no network."""
    from rich.console import Console

    from vaste.commands.given import load
    from vaste.demo.play import play

    own = load(config) if config else None
    if report is not None:
        from vaste.report.making import FORMATS, format_of

        if format_of(report.suffix) is None:
            _stop(f"--report {report}: its ending says no format; use .{', .'.join(FORMATS)}", 2)
        if not report.absolute().parent.is_dir():
            _stop(f"--report {report}: there is no such folder; name a file in one that is there", 2)
    raise SystemExit(play(stay=not once and sys.stdout.isatty(), console=Console(), own=own, report=report))


@app.command()
def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run the service until Ctrl-C or SIGTERM: poll, judge, route, escalate, serve the page."""
    from vaste.commands.given import load
    from vaste.logs import log_warning, set_up_logs
    from vaste.service import run as serve

    set_up_logs()
    serve(load(config, warn=log_warning))


@slack.command("manifest")
def slack_manifest(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Slack sends presses there, https://…", show_default="Socket Mode"),
    ] = None,
) -> None:
    """Print the app's manifest, to be pasted under Create New App: exactly the scopes that Vaste uses."""
    from vaste.commands.slack_manifest import run as show

    raise SystemExit(show(config, url=url))


@app.command()
def once(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run one tick of every job, say what each did, and end (for cron)."""
    from vaste.commands.once import run as tick

    raise SystemExit(tick(config))


@app.command()
def check(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the vendors, and load the model.")
    ] = False,
    post_to: Annotated[
        str | None,
        typer.Option(
            "--post-to", metavar="CHANNEL", help="With --online: try a message there, and delete it again."
        ),
    ] = None,
) -> None:
    """List everything that is wrong, each with its line: 0 nothing, 1 something, 2 nothing can start."""
    from vaste.commands.check import run as look

    if post_to is not None and not online:
        raise typer.BadParameter("--post-to asks Slack; say --online too")
    raise SystemExit(look(config, online=online, post_to=post_to))


@app.command()
def classify(
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Without any: the lines of standard input."),
    ] = None,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Takes topics and thresholds from it.",
            show_default="config.yaml if there is one",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
    why: Annotated[bool, typer.Option("--why", help="Name the words that carried each verdict.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Before and after the team's corrections, side by side.")
    ] = False,
) -> None:
    """Say what the classifier thinks of texts, one line each, in their order."""
    if compare and why:
        raise typer.BadParameter("--why and --compare answer two questions; ask one at a time")
    path, needed = config or DEFAULT_CONFIG, config is not None
    if compare:
        from vaste.commands.compare import run as judge_twice

        judge_twice(texts or [], path=path, needed=needed, as_json=as_json)
    else:
        from vaste.commands.classify import run as judge

        judge(texts or [], path=path, needed=needed, as_json=as_json, why=why)


@app.command()
def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Labelled posts: *.jsonl, *.csv or *.tsv; - for JSON Lines."),
    ],
    config: ClassifierOf = None,
    *,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or html.")] = "text",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to.", show_default="standard output")
    ] = None,
    slices: Annotated[
        list[str] | None,
        typer.Option(
            "--slice",
            metavar="COLUMN",
            help="Also by this column; may be repeated.",
            show_default="language, hard, kind, source, length",
        ),
    ] = None,
    worst: Annotated[int, typer.Option(min=0, metavar="N", help="How many of the surest errors.")] = 10,
    recall: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Of what deserves a look, to be caught.")
    ] = 0.95,
) -> None:
    """Say how right the classifier is on labelled posts: every figure with its interval."""
    from vaste.commands.evaluate import run as measure

    measure(
        files,
        config=config or DEFAULT_CONFIG,
        needed=config is not None,
        form=form,
        out=out,
        slices=slices or [],
        worst=worst,
        recall=recall,
    )


@app.command()
def thresholds(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...", help="Labelled posts. Without any: JSON Lines of standard input."
        ),
    ] = None,
    config: ClassifierOf = None,
    *,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or csv.")] = "text",
    posts_per_day: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="N", show_default="counted, where posts have posted_at or date"),
    ] = None,
    prior: Annotated[
        str | None,
        typer.Option(
            metavar="SHARES", help="How frequent each is in life: negative=.15,neutral=.75,positive=.10"
        ),
    ] = None,
    cost_miss: Annotated[float | None, typer.Option(min=0, metavar="X", help="What one miss costs.")] = None,
    cost_alarm: Annotated[
        float | None, typer.Option(min=0, metavar="Y", help="What one false alarm costs, in the same unit.")
    ] = None,
) -> None:
    """Say what each threshold would have meant in your own labelled posts: alerts, misses, false alarms."""
    from vaste.commands.thresholds import run as weigh

    weigh(
        files or [Path("-")],
        config=config or DEFAULT_CONFIG,
        needed=config is not None,
        form=form,
        posts_a_day=posts_per_day,
        prior=prior,
        cost_miss=cost_miss,
        cost_alarm=cost_alarm,
    )


@app.command()
def explain(
    mention: Annotated[
        str,
        typer.Argument(
            metavar="MENTION", help='Its id on the network, NETWORK/ID, or its link; or a "TEXT" in quotes.'
        ),
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    followers: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Of a text: its author's followers.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a text: the source that shows it, or its kind.")
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            metavar="fi|sv|en|other", help="Of a text: its language.", show_default="told from the text"
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Who would be called then.", show_default="now")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="fi|sv|en", help="Of the explanation.", show_default="the configuration's; en with --json"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Say why a post did or did not open a case, playbook by playbook, and who would be called."""
    from vaste.commands.explain import Asked
    from vaste.commands.explain import run as tell

    tell(Asked(mention, followers, source, lang, at, as_json, language), config)


@app.command()
def replay(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    against: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Compare with this one.", show_default="what was decided then"),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3660, metavar="N", help="So many days back.", show_default="30")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Posted on this date, or at this instant, or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Posted before it.", show_default="now")
    ] = None,
    examples: Annotated[
        int, typer.Option(min=0, max=100, metavar="N", help="Posts shown of each change.")
    ] = 3,
    judge: Annotated[
        bool,
        typer.Option("--judge", help="Judge the words anew; takes a while, and is needed for new topics."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
) -> None:
    """Decide history again by another configuration, and say what would be different; sends nothing."""
    from vaste.commands.replay import Asked, run

    run(Asked(config, against, days, since, until, examples, judge, as_json))


@app.command()
def correct(
    mention: Annotated[
        str, typer.Argument(metavar="MENTION", help="Its id on the network, NETWORK/ID, or its link.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    by: By = None,
    sentiment: Annotated[
        str | None, typer.Option(metavar="CLASS", help="It is negative, neutral or positive.")
    ] = None,
    attention: Annotated[
        str | None, typer.Option(metavar="yes|no", help="A person should look at it, or need not.")
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(metavar="NAME", help="It is about this topic.")] = None,
    not_topic: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="It is not about this topic.")
    ] = None,
) -> None:
    """Say what the classifier should have said of a post; vaste learn learns from it."""
    from vaste.commands.correct import run as say

    say(
        config,
        mention,
        by=by,
        sentiment=sentiment,
        attention=attention,
        topics=topic or [],
        not_topics=not_topic or [],
    )


@app.command()
def corrections(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, json or csv.")] = "table",
    undo: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, metavar="N", help="Take number N back.")
    ] = None,
    by: By = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write all with the posts' words to FILE.jsonl or FILE.csv."),
    ] = None,
) -> None:
    """List what people corrected, who and when; or take one back."""
    from vaste.commands.corrections import run as look

    look(config, form=form, undo=undo, by=by, export=export)


@app.command()
def learn(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
) -> None:
    """Learn from the corrections what makes nothing worse; 1 where something is refused."""
    from vaste.commands.learn import run as study

    raise SystemExit(study(config, dry=dry))


@app.command()
def review(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    days: Annotated[
        int | None, typer.Option(min=1, max=3660, metavar="N", help="Posted in the last N days only.")
    ] = None,
) -> None:
    """List the posts of which the classifier did not know what to say, the oldest first."""
    from vaste.commands.review import run as look

    look(config, days=days)


def _many(metavar: str, said: str) -> Any:
    return typer.Option(metavar=metavar, help=f"{said} May be repeated.")


@response_log.callback()
def log(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Posted then or later: a date, monday, 2026-11, 7d, …")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Posted before it.")] = None,
    period: Annotated[
        str | None, typer.Option(metavar="WHEN", help='Posted in it: "last week", 2026-Q4, yesterday, …')
    ] = None,
    team: Annotated[list[str], _many("TEAM", "Of this team.")] = [],  # noqa: B006 - typer makes it anew
    person: Annotated[list[str], _many("NAME", "Taken by them; needs people_figures.")] = [],  # noqa: B006 - the same
    playbook: Annotated[list[str], _many("NAME", "Of this playbook.")] = [],  # noqa: B006 - the same
    severity: Annotated[list[str], _many("WORD", "critical, high, normal or low.")] = [],  # noqa: B006 - the same
    source: Annotated[list[str], _many("NAME", "Shown by this source, or a source of this kind.")] = [],  # noqa: B006 - the same
    language: Annotated[list[str], _many("LANGUAGE", "fi, sv, en or other.")] = [],  # noqa: B006 - the same
    status: Annotated[list[str], _many("WORD", "open, acknowledged, responded, closed or dismissed.")] = [],  # noqa: B006 - the same
    breached: Annotated[list[str], _many("CLOCK", "Missed: acknowledge, respond, resolve, or any.")] = [],  # noqa: B006 - the same
    topic: Annotated[list[str], _many("NAME", "About this topic.")] = [],  # noqa: B006 - the same
    text: Annotated[str | None, typer.Option(metavar="WORDS", help="Said by the customer.")] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="By this column; -COLUMN: the largest first.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="So many rows at most.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WHEN", help="As it stood then.", show_default="now")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Figures by team, playbook, severity, source, …")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="table, csv, json, xlsx or parquet.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to a file; its ending names the format.")
    ] = None,
) -> None:
    """Print the response-time log, oldest post first."""
    if context.invoked_subcommand is not None:
        return
    from vaste.commands.log import Paper
    from vaste.commands.log import run as write
    from vaste.log_asked import Asked

    asked = Asked(
        since=since,
        until=until,
        period=period,
        team=team,
        person=person,
        playbook=playbook,
        severity=severity,
        source=source,
        language=language,
        status=status,
        breached=breached,
        topic=topic,
        text=text,
        sort=sort,
        limit=limit,
    )
    write(config, asked, Paper(group, form, out, as_of))


@app.command()
def load(
    person: Annotated[str, typer.Argument(metavar="NAME", help="A key of people.")],
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    weeks: Annotated[int, typer.Option(min=1, max=53, metavar="N", help="So many weeks up to this one.")] = 4,
) -> None:
    """Show somebody what they have carried: calls, nights, cases taken."""
    from vaste.commands.load import run as show_load

    show_load(config, person, weeks=weeks)


@response_log.command("views")
def log_views(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """List who looked at figures of single people, when and at what."""
    from vaste.commands.log import run_views

    run_views(config)


@response_log.command("verify")
def log_verify(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the last seal of every case, to be kept elsewhere."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with seals that were kept earlier.")
    ] = None,
) -> None:
    """Say whether anybody touched a line of a case's history, or what the log says of it; 1 where so."""
    from vaste.commands.verify import run as check_seals

    raise SystemExit(check_seals(config, keep=keep, against=against))


@app.command()
def case(
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, max=2**31 - 1, help="As vaste log says.")],
    act: Annotated[
        str | None,
        typer.Argument(
            metavar="ACT",
            help="Do to it what the card's buttons do: acknowledge, replied, close, dismiss, reassign, snooze, reopen.",
        ),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WHEN", help="As it stood then.", show_default="now")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
    by: By = None,
    where: Annotated[
        str | None, typer.Option(metavar="PLACE", help="With replied: public, direct or elsewhere.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="WHOM", help="With reassign: a key of people, or team:NAME.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help='With snooze: "fri 16:00", "2026-12-04 16:00" or 2h.')
    ] = None,
) -> None:
    """Tell all that was measured of a case, what it was like for the customer, and its history; or act on it."""
    from vaste.commands.act import run as do
    from vaste.commands.case import run as tell_case

    if act is not None:
        do(config, number, act, by=by, where=where, to=to, until=until)
        return
    tell_case(number, config, as_of=as_of, as_json=as_json)


@app.command()
def report(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    week: Annotated[
        bool, typer.Option("--week", help="The last full week; so it is without any other.")
    ] = False,
    month: Annotated[bool, typer.Option("--month", help="The last full month.")] = False,
    quarter: Annotated[bool, typer.Option("--quarter", help="The last full quarter.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Any period: from this date or instant on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Before it; with --since.", show_default="now")
    ] = None,
    team: Annotated[str | None, typer.Option(metavar="TEAM", help="Of this team only.")] = None,
    playbook: Annotated[str | None, typer.Option(metavar="NAME", help="Of this playbook only.")] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="md, html, pdf or json.", show_default="as FILE says, else md"
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="fi|sv|en", help="Of the report.", show_default="the configuration's"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it to a file.", show_default="standard output")
    ] = None,
    post: Annotated[bool, typer.Option("--post", help="Send its first page to the team's channel.")] = False,
    cases: Annotated[
        str | None,
        typer.Option(metavar="FIGURE", help="Print the cases that a figure is made of, and nothing else."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="WHEN", help="As it stood then.", show_default="now")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="NEW.yaml", help="Say from replay whom this configuration would have called, and when."
        ),
    ] = None,
) -> None:
    """Write a period's figures for those who lead: who was answered, how long it took, what to decide."""
    from vaste.commands.report import Asked
    from vaste.commands.report import run as write

    kinds = [kind for kind, is_asked in (("week", week), ("month", month), ("quarter", quarter)) if is_asked]
    write(
        Asked(config, kinds, since, until, team, playbook, form, language, out, post, cases, as_of, against)
    )


@app.command()
def promise(
    case: Annotated[
        int, typer.Argument(metavar="CASE", min=1, max=2**31 - 1, help="The number of the case.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    by: By = None,
    due: Annotated[
        str | None, typer.Option(metavar="WHEN", help='Until when: "fri 16:00", "2026-12-04 16:00" or 2d.')
    ] = None,
    what: Annotated[
        str, typer.Option(metavar="KIND", help="answer, send, refund, call, fix or other.")
    ] = "other",
    keep: Annotated[
        bool, typer.Option("--keep", help="It was kept; without a number, the one due first.")
    ] = False,
    number: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, metavar="N", help="With --keep: which.")
    ] = None,
) -> None:
    """Promise a customer something until a time, or say that it was kept; whoever owes it is reminded."""
    from vaste.commands.promise import run as say

    say(config, case, due=due, what=what, keep=keep, number=number, by=by)


@app.command()
def promises(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> None:
    """List what is promised to customers and not kept yet, for the hand-off."""
    from vaste.commands.promise import list_all

    list_all(config, every=every, form=form)


@app.command()
def crisis(
    number: Annotated[int | None, typer.Argument(metavar="NUMBER", show_default="all of them")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    announce: Annotated[
        str | None, typer.Option(metavar="URL", help="Record what was said of it in public.")
    ] = None,
    by: By = None,
) -> None:
    """Show a crisis as it stands or as it was, or record an announcement; without a number, list them."""
    from vaste.commands.crisis import run as tell

    if announce is not None and number is None:
        _stop("vaste crisis: --announce needs the crisis' NUMBER before it", 2)
    tell(number, config, announce=announce, by=by)


@app.command()
def budget(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Of this source only.")] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> None:
    """Say what reading has cost this month, what it will have cost, and what is slowed for the budget."""
    from vaste.commands.budget import run as add_up

    add_up(config, source=source, form=form)


@app.command()
def coverage(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="From this date or instant on.", show_default="7 days before"),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Before it.", show_default="now")] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Of this source only.")] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, json or csv.")] = "table",
) -> None:
    """Say when each source was watched, and when nobody could look and why; 1 where one is blind now."""
    from vaste.commands.coverage import run as tell

    raise SystemExit(tell(config, since=since, until=until, source=source, form=form))


Team = Annotated[str | None, typer.Option("--team", metavar="TEAM", help="Of this team only.")]
TeamOf = Annotated[
    str | None, typer.Option("--team", metavar="TEAM", help="In which team.", show_default="the only one")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="WHEN", help="A date or an instant.", show_default="now")
]
Until = Annotated[str, typer.Option("--until", metavar="WHEN", help="A date or an instant, left out itself.")]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Everybody can read it.")]
SaidBy = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who says so: a key of people.", show_default="that person"),
]
Whose = Annotated[str, typer.Argument(metavar="PERSON", help="A key of people.")]


@on_call.callback()
def oncall(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    at: Annotated[
        str | None, typer.Option(metavar="WHEN", help="A date or an instant.", show_default="now")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            min=1, max=366, metavar="N", help="Every shift of so many days, and how they are shared."
        ),
    ] = None,
    team: Team = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
    ical: Annotated[
        str | None,
        typer.Option(metavar="PERSON", help="Write a person's shifts as a calendar (90 days unless --days)."),
    ] = None,
) -> None:
    """Say who is on call; 1 where nobody is."""
    if context.invoked_subcommand is not None:
        return
    from vaste.commands.oncall import export
    from vaste.commands.oncall import run as name

    if ical is not None:
        export(config, ical, at=at, days=days)
        return
    raise SystemExit(name(config, at=at, days=days, team=team, as_json=as_json))


@on_call.command("take")
def oncall_take(
    person: Whose,
    *,
    until: Until,
    team: TeamOf = None,
    begin: From = None,
    by: SaidBy = None,
    why: Why = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Let a person stand in for whoever has the turn."""
    from vaste.commands.agree import take

    take(config, person, team=team, begin=begin, until=until, by=by, why=why)


@on_call.command("swap")
def oncall_swap(
    one: Whose,
    other: Whose,
    *,
    until: Until,
    team: TeamOf = None,
    begin: From = None,
    by: SaidBy = None,
    why: Why = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Let two people have each other's turns for a time."""
    from vaste.commands.agree import swap

    swap(config, one, other, team=team, begin=begin, until=until, by=by, why=why)


@on_call.command("away")
def oncall_away(
    person: Whose,
    *,
    until: Until,
    begin: From = None,
    by: SaidBy = None,
    why: Why = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Say that a person is away: their turns pass to the next."""
    from vaste.commands.agree import away

    away(config, person, begin=begin, until=until, by=by, why=why)


@on_call.command("list")
def oncall_list(
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    team: Team = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what has ended and what was cancelled.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One array.")] = False,
) -> None:
    """List who stands in and who is away, as it was agreed by these commands."""
    from vaste.commands.agree import show

    show(config, team=team, everything=everything, as_json=as_json)


@on_call.command("cancel")
def oncall_cancel(
    number: Annotated[
        int, typer.Argument(min=1, max=2**31 - 1, metavar="NUMBER", help="As vaste oncall list says.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    *,
    by: By = None,
) -> None:
    """Cancel what was agreed under a number."""
    from vaste.commands.agree import cancel

    cancel(config, number, by=by)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; an earlier copy is replaced.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Copy the database to a file while it is in use."""
    from vaste.commands.database import backup as copy

    copy(file, config)


@database.command("upgrade")
def db_upgrade(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Bring the database to this version (vaste run does so by itself)."""
    from vaste.commands.database import upgrade

    upgrade(config)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as of

    typer.echo(of("vaste"))


def _plan(name: str, will: str, until_then: str) -> None:
    """Name a command that is not built yet, so that nobody looks for it in vain."""

    def planned() -> None:
        _stop(f"vaste {name} is not built yet; until then {until_then}", 2)

    about: dict[str, Any] = {"help": will, "rich_help_panel": "Not built yet", "context_settings": _PLANNED}
    app.command(name, **about)(planned)


_plan("forget", "Erase what is stored about a person.", "their rows are deleted from the database by hand")
_plan("worker", "One more machine of a PostgreSQL installation.", "run one vaste run")


if __name__ == "__main__":
    main()
