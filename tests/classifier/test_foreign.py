"""Models of somebody else, written on the spot (`tiny`): what is opened, what is refused, and in which words."""

import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from casebook.mention import Sentiment
from classifier.foreign import ForeignClassifier, Wanted, is_hub_id, is_path, open_model, trouble_of
from classifier.model import BUNDLED, Classifier, ModelUnavailable
from classifier.topics import Topic
from tests.classifier.test_model import BAD
from tests.classifier.tiny import THREE, write_json, write_model

NEG, NEU, POS = Sentiment
COMMIT = "0123abcd" * 5
POSTS = ["huono huono kahvi", "ihana ihana kahvi", "kahvi kahvi kahvi"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mine"


@pytest.fixture
def hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache of the hub's, and no way to the hub."""
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def wanted(folder: Path, **labels: str) -> Wanted:
    return Wanted(str(folder), labels)


@pytest.mark.parametrize(
    ("written", "a_path", "an_id"),
    [
        ("bundled", False, False),
        ("./mine", True, False),
        ("../mine", True, False),
        ("/srv/mine", True, False),
        ("~/mine", True, False),
        ("owner/name", False, True),
        ("bert-base-multilingual", False, True),
        ("a/b/c", False, False),
        ("owner/", False, False),
        ("owner/na me", False, False),
        ("https://x.fi/y", False, False),
        ("owner/\x1b[31m", False, False),
    ],
)
def test_folder_and_a_name_on_the_hub_are_told_apart(written: str, *, a_path: bool, an_id: bool) -> None:
    assert (is_path(written), is_hub_id(written)) == (a_path, an_id)


class TestOnnx:
    @pytest.mark.parametrize(
        ("names", "labels"),
        [
            (THREE, {}),
            (("NEG", "POS"), {}),
            (("1 star", "2 stars", "3 stars", "4 stars", "5 stars"), {}),
            (("LABEL_0", "LABEL_1"), {"LABEL_0": "negative", "LABEL_1": "positive"}),
        ],
        ids=["three classes", "two classes", "stars", "names of nothing"],
    )
    def test_folder_of_transformers_files_judges(
        self, folder: Path, names: tuple[str, ...], labels: dict[str, str]
    ) -> None:
        model = open_model(wanted(write_model(folder, names), **labels))
        verdicts = model.judge(POSTS)
        assert isinstance(model, ForeignClassifier)
        assert [verdict.sentiment for verdict in verdicts] == [NEG, POS, NEU]
        for verdict in verdicts:
            assert verdict.negative + verdict.neutral + verdict.positive == pytest.approx(1)
            assert verdict.model == model.model_id
        assert trouble_of(wanted(folder, **labels)) is None

    def test_classes_stand_in_the_order_of_the_model(self, folder: Path) -> None:
        model = open_model(wanted(write_model(folder, ("positive", "neutral", "negative"))))
        assert [verdict.sentiment for verdict in model.judge(POSTS[:2])] == [POS, NEG]

    @pytest.mark.parametrize("inputs", [("input_ids",), ("input_ids", "attention_mask", "token_type_ids")])
    def test_network_is_given_the_inputs_it_names(self, folder: Path, inputs: tuple[str, ...]) -> None:
        model = open_model(wanted(write_model(folder, inputs=inputs)))
        assert model.judge(POSTS)[0].sentiment == NEG

    def test_network_may_lie_where_exporters_put_it(self, folder: Path) -> None:
        assert (
            open_model(wanted(write_model(folder, file="onnx/model.onnx"))).judge(POSTS)[1].sentiment == POS
        )

    def test_attention_topics_and_language_are_as_with_the_bundled_model(self, folder: Path) -> None:
        topics = [Topic("recall", ("lasinsiru",))]
        model = open_model(wanted(write_model(folder)), topics=topics)
        plain, asked, topical = model.judge(["kahvi kahvi", "kahvi kahvi kahvi?", "kahvi lasinsiru kahvi"])
        assert plain.attention < asked.attention
        assert (topical.topics_held, topical.topics["recall"]) == (("recall",), 1.0)
        assert model.judge(["ok"], ["sv"])[0].language == "sv"

    def test_name_holds_the_folder_and_the_weights(self, folder: Path) -> None:
        name, _, revision = open_model(wanted(write_model(folder))).model_id.partition("@")
        assert (name, len(revision)) == ("mine", 8)
        again = open_model(wanted(write_model(folder.parent / "other" / "mine", inputs=("input_ids",))))
        assert again.model_id != f"{name}@{revision}"

    def test_bad_texts_are_answered_in_their_order(self, folder: Path) -> None:
        model = open_model(wanted(write_model(folder)), threads=2)
        verdicts = dict(zip(BAD, model.judge(list(BAD.values())), strict=True))
        for name in ("empty", "blank", "only a link", "lone surrogates"):
            assert (verdicts[name].abstained, verdicts[name].neutral) == (True, 1.0), name
        assert verdicts["marks of the tokenizer"].abstained  # letters to it, and unknown ones
        assert verdicts["a megabyte"].cut
        assert model.judge(list(BAD.values())[::-1]) == list(verdicts.values())[::-1]

    def test_no_more_tokens_are_given_than_it_has_places_for(self, folder: Path) -> None:
        model = open_model(wanted(write_model(folder, max_position_embeddings=8)))
        fits, cut = model.judge(["kahvi " * 4, "kahvi " * 5])
        assert (fits.cut, cut.cut) == (False, True)

    def test_most_urgent_are_judged_first_here_too(self, folder: Path) -> None:
        model = open_model(wanted(write_model(folder)))
        assert [place for place, _ in model.judged(POSTS, None, [0.0, 0.5, 1.0])] == [2, 1, 0]
        with pytest.raises(ValueError, match="1 hints for 3 texts"):
            model.judge(POSTS, ["fi"])
        assert model.judge([]) == []


def unknown_classes(folder: Path) -> None:
    write_model(folder, ("LABEL_0", "LABEL_1"))


def no_config(folder: Path) -> None:
    (write_model(folder) / "config.json").unlink()


def config_that_is_none(folder: Path) -> None:
    (write_model(folder) / "config.json").write_text("[]")


def no_weights(folder: Path) -> None:
    (write_model(folder) / "model.onnx").unlink()


def pickled_weights(folder: Path) -> None:
    (write_model(folder) / "model.onnx").rename(folder / "pytorch_model.bin")


def no_tokenizer(folder: Path) -> None:
    write_model(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()


def a_file(folder: Path) -> None:
    folder.write_text("not a folder")


SEEN: dict[Callable[[Path], None], str] = {
    unknown_classes: "its classes are 'LABEL_0', 'LABEL_1'; say what each means: classifier.labels: {'LABEL_0': …, 'LABEL_1': …}",
    no_config: "config.json cannot be read (No such file or directory)",
    config_that_is_none: "describes no model that we know",
    no_weights: "neither model.onnx nor safetensors",
    pickled_weights: "pickled weights are not read: they may run code",
    no_tokenizer: "holds no tokenizer.json",
    a_file: "is no folder; give a model's folder, or write `model: bundled`",
}


@pytest.mark.parametrize("spoil", SEEN, ids=lambda spoil: spoil.__name__)
def test_what_can_be_seen_is_refused_before_loading_and_by_judging_alike(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(folder)
    seen = trouble_of(wanted(folder))
    assert seen is not None
    assert SEEN[spoil] in seen
    with pytest.raises(ModelUnavailable) as refused:
        open_model(wanted(folder)).judge(["kahvi"])
    assert str(refused.value) == seen


def damaged_network(folder: Path) -> None:
    (write_model(folder) / "model.onnx").write_bytes(b"\x1b[31mnot a network")


def damaged_tokenizer(folder: Path) -> None:
    (write_model(folder) / "tokenizer.json").write_text("{}")


def more_classes_than_names(folder: Path) -> None:
    write_model(folder, THREE)
    write_json(folder / "config.json", {"model_type": "bert", "id2label": {"0": "neg", "1": "pos"}})


def inputs_that_nobody_knows(folder: Path) -> None:
    write_model(folder, inputs=("input_ids", "pixel_values"))


LOADED: dict[Callable[[Path], None], str] = {
    damaged_network: "cannot be opened (",
    damaged_tokenizer: "cannot be opened (",
    more_classes_than_names: "gave 3 numbers for its 2 classes",
    inputs_that_nobody_knows: "failed on a post of 3 tokens (KeyError: 'pixel_values')",
}


@pytest.mark.parametrize("spoil", LOADED, ids=lambda spoil: spoil.__name__)
def test_what_only_loading_shows_is_one_clear_line(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder)
    assert trouble_of(wanted(folder)) is None
    with pytest.raises(ModelUnavailable) as refused:
        open_model(wanted(folder)).judge(["kahvi"])
    assert LOADED[spoil] in str(refused.value)
    assert str(refused.value).isprintable()


def test_bundled_model_and_a_folder_of_our_own_form_are_opened_as_ever(tmp_path: Path) -> None:
    copied = shutil.copytree(BUNDLED, tmp_path / "copied")
    own = open_model(wanted(copied), threads=1)
    assert type(own) is type(open_model(Wanted())) is Classifier
    assert own.model_id == Classifier().model_id
    assert (trouble_of(wanted(copied)), trouble_of(Wanted())) == (None, None)
    (copied / "labels.json").write_text("{}")
    assert "labels.json is not what a model's labels.json holds" in str(trouble_of(wanted(copied)))


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
@pytest.mark.parametrize("on_hub", [False, True])
def test_without_torch_the_extra_is_named(folder: Path, *, on_hub: bool) -> None:
    (write_model(folder) / "model.onnx").rename(folder / "model.safetensors")
    asked = Wanted("owner/name") if on_hub else wanted(folder)
    with pytest.raises(ModelUnavailable, match=r"needs torch, which is not installed.*vaste\[models\]"):
        open_model(asked).warm()
    assert "vaste[models]" in str(trouble_of(asked))


class TestTorch:
    """With torch, where it is installed: a network of two layers and random weights."""

    @pytest.fixture
    def saved(self, folder: Path) -> Path:
        torch = pytest.importorskip("torch", reason="torch is not installed")
        transformers = pytest.importorskip("transformers")
        write_model(folder)
        torch.manual_seed(1)
        config = transformers.BertConfig(
            vocab_size=6,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=40,
            id2label=dict(enumerate(THREE)),
            label2id={name: at for at, name in enumerate(THREE)},
        )
        transformers.BertForSequenceClassification(config).save_pretrained(folder)
        (folder / "model.onnx").unlink()
        return folder

    def test_folder_of_safetensors_judges_each_post_alike_alone_and_among_others(self, saved: Path) -> None:
        model = open_model(wanted(saved))
        verdicts = model.judge([*POSTS, "kahvi " * 60])
        assert [model.judge([post])[0] for post in POSTS] == verdicts[:3]
        assert [verdict.cut for verdict in verdicts] == [False, False, False, True]
        assert model.model_id.startswith("mine@")
        assert trouble_of(wanted(saved)) is None

    def test_network_that_was_never_trained_for_classes_is_refused(self, saved: Path) -> None:
        transformers = pytest.importorskip("transformers")
        network = transformers.BertForSequenceClassification.from_pretrained(saved)
        network.bert.save_pretrained(saved)
        described = json.loads((saved / "config.json").read_text())
        write_json(saved / "config.json", described | {"id2label": dict(enumerate(THREE))})
        with pytest.raises(ModelUnavailable, match="not trained to put texts into classes"):
            open_model(wanted(saved)).warm()

    @pytest.mark.parametrize("revision", [None, "main", COMMIT])
    @pytest.mark.parametrize("fetch", [False, True])
    def test_name_on_the_hub_is_opened_from_the_cache_and_named_with_its_commit(
        self, saved: Path, hub_cache: Path, revision: str | None, *, fetch: bool
    ) -> None:
        cached = hub_cache / "models--owner--name"
        shutil.copytree(saved, cached / "snapshots" / COMMIT)
        (cached / "refs").mkdir()
        (cached / "refs" / "main").write_text(COMMIT)
        asked = Wanted("owner/name", fetch=fetch, revision=revision)
        model = open_model(asked)
        assert model.judge(POSTS)[0].model == f"owner/name@{COMMIT[:8]}"
        assert trouble_of(asked) is None

    def test_name_on_the_hub_that_is_not_in_the_cache_is_not_fetched_unasked(self, hub_cache: Path) -> None:
        pytest.importorskip("torch", reason="torch is not installed")
        with pytest.raises(ModelUnavailable, match=r"write `fetch: true`.*hf download owner/nothing"):
            open_model(Wanted("owner/nothing")).warm()
