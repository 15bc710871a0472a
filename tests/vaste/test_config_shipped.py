"""The shipped config.yaml works as it is, and every key that exists is explained where people look."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import listener.registry
import notifier.registry
from classifier.defaults import DEFAULT_TOPICS
from classifier.topics import score_topics, topics_held
from vaste import settings
from vaste.config import Config, load_config
from vaste.people_figures import PeopleFigures

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "config.yaml").read_text(encoding="utf-8")
MANUAL = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
TOKENS = {
    "BLUESKY_APP_PASSWORD": "abcd-efgh-ijkl-mnop",
    "MASTODON_TOKEN": "m",
    "REDDIT_CLIENT_ID": "i",
    "REDDIT_CLIENT_SECRET": "s",
    "REDDIT_PASSWORD": "p",
    "HOTLINE_SECRET": "a" * 32,
    "REVIEWS_TOKEN": "x",
    "X_BEARER_TOKEN": "x",
    "SLACK_BOT_TOKEN": "xoxb-x",
    "SLACK_APP_TOKEN": "xapp-x",
    "SMTP_PASSWORD": "x",
    "TEAMS_WORKFLOW_URL": "https://example.fi/workflow",
    "PAGER_URL": "https://example.fi/pager",
    "PAGER_SECRET": "p" * 32,
}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Load the shipped configuration somewhere else, with nothing in the environment."""
    file = tmp_path_factory.mktemp("shipped") / "config.yaml"
    shutil.copy(ROOT / "config.yaml", file)
    config = load_config(file, {}).config
    assert config is not None
    return config


def test_it_has_no_problem_at_all_with_an_empty_environment() -> None:
    assert load_config(ROOT / "config.yaml", {}).problems == ()


def test_it_reads_a_file_that_may_come_later_and_shows_cards_in_the_terminal(shipped: Config) -> None:
    (feed,) = shipped.sources
    assert (feed.name, feed.kind) == ("feed", "file")
    assert not feed.model_dump()["path"].exists()
    assert [channel.kind for channel in shipped.channels] == ["console"]
    assert (shipped.brand, shipped.language, shipped.timezone.key) == ("Aino Kahvi", "fi", "Europe/Helsinki")


def test_the_gravest_playbooks_come_first(shipped: Config) -> None:
    ranks = [playbook.severity.rank for playbook in shipped.playbooks]
    assert ranks == sorted(ranks, reverse=True)
    assert shipped.playbooks[0].name == "recall"


def test_every_playbook_has_a_mandate_and_a_draft_in_each_language(shipped: Config) -> None:
    handled = [playbook for playbook in shipped.playbooks if playbook.digest is None]
    assert all(playbook.mandate for playbook in handled)
    assert {tuple(dict.fromkeys(draft.language for draft in playbook.drafts)) for playbook in handled} == {
        ("fi", "sv", "en")
    }
    assert all(draft.text.strip() for playbook in handled for draft in playbook.drafts)


def test_every_topic_has_five_to_fifteen_examples(shipped: Config) -> None:
    assert {topic.name for topic in shipped.topics} >= {
        "recall",
        "delivery",
        "billing",
        "quality",
        "praise",
        "misstep",
    }
    # those that come with Vaste may be named without any
    assert all(
        5 <= len(topic.examples) <= 15
        for topic in shipped.topics
        if topic.name not in DEFAULT_TOPICS or topic.examples
    )


@pytest.mark.parametrize(
    ("post", "topic"),
    [
        ("Löysin lasinsiruja Aino Kahvin purkista!!", "recall"),
        ("Jag hittade en glasbit i min burk", "recall"),
        ("Verkkokauppa kaatui taas", "outage"),
        ("My order hasn't arrived in 3 weeks", "delivery"),
        ("Minun lasku tuli kaks kertaa", "billing"),
        ("Kahvi oli ihan pahaa, palaneen makuista", "quality"),
        ("Lukeeko tuossa mainoksessa 'kahavi'? repesin", "misstep"),
        ("Hyvää huomenta, tänään sataa", None),
        ("Moi, mistä saa teidän tummapaahtoa Tampereella?", None),
    ],
)
def test_its_topics_hold_for_plain_posts(shipped: Config, post: str, topic: str | None) -> None:
    held = topics_held(score_topics(post, shipped.topics), shipped.topics)
    assert held[:1] == ((topic,) if topic else ())


def uncommented() -> str:
    """Take the # away from every block that is ready for it."""
    out: list[str] = []
    inside = False
    for line in SHIPPED.splitlines():
        inside = bool(re.match(r"  # - ", line)) or (inside and line.startswith("  #   "))
        out.append(line.replace("  # ", "  ", 1) if inside else line)
    return "\n".join(out)


def test_the_blocks_that_are_commented_out_are_ready(tmp_path: Path) -> None:
    text = uncommented()
    assert text != SHIPPED
    file = tmp_path / "config.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load_config(file, TOKENS)
    assert loaded.config is not None, "\n".join(map(str, loaded.problems))
    assert [source.kind for source in loaded.config.sources] == [
        "file",
        "file",
        "webhook",
        "x",
        "bluesky",
        "rss",
        "reviews",
        "mastodon",
        "reddit",
    ]
    assert [channel.kind for channel in loaded.config.channels] == [
        "console",
        "slack",
        "email",
        "teams",
        "webhook",
    ]
    assert {problem.path for problem in loaded.problems} == {
        "people.aino",
        "people.caro",
        "teams.care",
    }


def test_the_single_lines_that_are_commented_out_are_ready(tmp_path: Path) -> None:
    text = re.sub(
        r"(?m)^(\s*)# (?=(?:calendars|  office|crisis|people_figures|resolve_within|clock):)", r"\1", SHIPPED
    )
    assert text != SHIPPED
    file = tmp_path / "config.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load_config(file, TOKENS)
    assert loaded.config is not None, "\n".join(map(str, loaded.problems))
    assert loaded.problems == ()
    assert loaded.config.people_figures == PeopleFigures("coaching at the monthly talk", 10)


def models() -> Iterator[type[BaseModel]]:
    """Every model of what people write."""
    yield from (
        found
        for found in vars(settings).values()
        if isinstance(found, type) and issubclass(found, settings.Written)
    )
    yield from (kind.settings for kind in listener.registry.KINDS.values())
    yield from (kind.settings for kind in notifier.registry.KINDS.values())


KEYS = sorted(
    {
        (model.__name__, field.alias or name)
        for model in models()
        for name, field in model.model_fields.items()
    }
)


@pytest.mark.parametrize(("model", "key"), KEYS)
def test_every_key_is_in_the_manual(model: str, key: str) -> None:
    assert re.search(rf"(?m)^\| `{key}` \|", MANUAL), f"{model}.{key} has no row in docs/configuration.md"


@pytest.mark.parametrize("key", sorted({key for _, key in KEYS} - {"exceptions", "email", "handles", "repeat", "times", "notify", "ask_after", "max_open", "max_night_pages", "network", "start", "zone", "any", "not"}))  # fmt: skip
def test_every_common_key_stands_in_the_shipped_file(key: str) -> None:
    assert re.search(rf"\b{key}\b", SHIPPED)


@pytest.mark.parametrize("kind", sorted({*listener.registry.KINDS, *notifier.registry.KINDS}))  # fmt: skip
def test_every_kind_is_in_the_manual(kind: str) -> None:
    assert f"`{kind}`" in MANUAL


def test_the_manual_names_no_key_that_does_not_exist() -> None:
    named = set(re.findall(r"(?m)^\| `([a-z_]+)` \|", MANUAL))
    assert named == {key for _, key in KEYS}
