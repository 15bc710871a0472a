"""The house around the code: pins, words, links, and nothing of the machine it was built on."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

HOUSE = Path(__file__).parent.parent
ROOMS = ("casebook", "listener", "classifier", "playbooks", "notifier", "vaste")
PINS = ("run", "dev", "train")
NOT_OURS = {".git", ".venv", "__pycache__", "build", "dist", ".hypothesis"}


def _git_files() -> list[str]:
    git = shutil.which("git")
    if git is None:
        return []
    listed = subprocess.run(
        [git, "-c", f"safe.directory={HOUSE}", "ls-files", "-z"], cwd=HOUSE, capture_output=True, check=False
    )
    return [name for name in listed.stdout.decode().split("\0") if name]


def _walked_files() -> list[str]:
    found = (path.relative_to(HOUSE) for path in HOUSE.rglob("*") if path.is_file())
    return [str(path) for path in found if not _is_made(path)]


def _is_made(path: Path) -> bool:
    return any(part in NOT_OURS or part.endswith(("_cache", ".egg-info")) for part in path.parts)


@cache
def files() -> tuple[Path, ...]:
    """Every file of ours: what git tracks, or all there is where git does not know the place."""
    names = _git_files() or _walked_files()
    return tuple(HOUSE / name for name in sorted(names) if (HOUSE / name).is_file())


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    content = path.read_bytes()
    if b"\0" not in content:
        yield from enumerate(content.decode("utf-8").splitlines(), 1)


def found_in_files(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(HOUSE)}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in lines_of(path)
        if pattern.search(line)
    ]


# --- requirements -----------------------------------------------------------------------------------


def pins_of(name: str) -> dict[str, str]:
    """Package → all that stands on its line of requirements/NAME.txt, hashes included."""
    text = (HOUSE / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    wanted = (line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))
    return {re.split(r"[=\[ ;]", line, maxsplit=1)[0].lower(): line for line in wanted}


@pytest.mark.parametrize("name", PINS)
def test_requirements_are_pinned_to_one_version_and_its_hashes(name: str) -> None:
    pinned = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^ ;]+( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    loose = [line for line in pins_of(name).values() if not pinned.fullmatch(line)]
    assert pins_of(name)
    assert loose == []


@pytest.mark.parametrize("name", PINS)
def test_requirements_name_no_address_and_no_index(name: str) -> None:
    text = (HOUSE / "requirements" / f"{name}.txt").read_text()
    assert re.findall(r"\w+://\S*|file:\S*|--(?:extra-)?index-url.*|--find-links.*|.* @ .*", text) == []


def test_requirements_of_dev_hold_those_of_run_at_the_same_versions() -> None:
    dev = pins_of("dev")
    assert {name: line for name, line in pins_of("run").items() if dev.get(name) != line} == {}


def test_requirements_of_run_stay_without_torch() -> None:
    heavy = re.compile(r"torch.*|nvidia-.*|triton|tensorflow.*|jax.*|cuda-.*")
    assert [name for name in pins_of("run") if heavy.fullmatch(name)] == []


@pytest.mark.parametrize("package", ["tweepy", "apscheduler", "transformers", "sqlmodel", "slack-sdk"])
def test_requirements_of_run_hold_what_the_product_stands_on(package: str) -> None:
    assert package in pins_of("run")


def test_requirements_hold_the_build_backend_so_that_nothing_unpinned_is_downloaded() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    assert project["build-system"]["requires"] == project["dependency-groups"]["build"]
    assert "setuptools" in pins_of("run")


# --- nothing of this machine ------------------------------------------------------------------------

# the names stand here in pieces, so that this page does not find itself
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.})~*-])/(?:work|root|tmp|opt/pypi|opt/wheels)(?![A-Za-z0-9_.:-])")
REGISTRY = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("files", "pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("deb", "debian", "org"),
        )
    )
)


@pytest.mark.parametrize(
    ("line", "names_one"),
    [
        ("cd /wo" + "rk/main", True),
        ('"/tm' + 'p/vaste.db"', True),
        ("file:///op" + "t/wheels", True),
        ("HOME=/ro" + "ot", True),
        ("https://example.org/work/1", False),
        ("the framework/work", False),
        ("/workers and /rooted", False),
        ("tmp_path / 'feed.jsonl'", False),
        ("{folder}/tmp", False),
    ],
)
def test_a_machine_path_is_told_from_other_words(line: str, *, names_one: bool) -> None:
    assert bool(MACHINE_PATH.search(line)) is names_one


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert found_in_files(MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert found_in_files(REGISTRY) == []


def test_no_file_is_larger_than_45_megabytes() -> None:
    assert [path.name for path in files() if path.stat().st_size > 45_000_000] == []


# --- words ------------------------------------------------------------------------------------------

NOT_USED = {"issue", "ticket", "item", "data", "manager", "handler", "helper", "util"}
NOT_USED |= {f"{word}s" for word in NOT_USED}

VENDORS_WORDS = {
    "issue_new_wss_url": "slack_sdk's socket client calls it by this name to learn where to connect",
}
"""Name → why it is not ours to choose (the method of a vendor's protocol, say)."""


def words_in(name: str) -> list[str]:
    """The words of an identifier, `snake_case` or `CamelCase`, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def names_in(path: Path) -> Iterator[tuple[int, str]]:
    yield 1, path.stem
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name


def modules() -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and path.relative_to(HOUSE).parts[0] in ROOMS]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("open_case", ["open", "case"]),
        ("CaseManager", ["case", "manager"]),
        ("HTTPHandler", ["http", "handler"]),
        ("_metadata", ["metadata"]),
    ],
)
def test_a_name_is_taken_apart_into_words(name: str, words: list[str]) -> None:
    assert words_in(name) == words


def test_modules_classes_and_functions_use_the_words_of_the_house() -> None:
    strangers = [
        f"{path.relative_to(HOUSE)}:{line}: {name}"
        for path in modules()
        for line, name in names_in(path)
        if NOT_USED & set(words_in(name)) and name not in VENDORS_WORDS
    ]
    assert modules()
    assert strangers == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in modules() if ast.get_docstring(ast.parse(path.read_text())) is None]
    assert [str(path.relative_to(HOUSE)) for path in silent] == []


def test_every_folder_of_modules_and_of_tests_is_a_package() -> None:
    folders = {path.parent for path in files() if path.suffix == ".py"}
    ours = [folder for folder in sorted(folders) if folder.relative_to(HOUSE).parts[:1] != ("bench",)]
    bare = [folder for folder in ours if not (folder / "__init__.py").exists()]
    assert [str(folder.relative_to(HOUSE)) for folder in bare] == []


# --- pages ------------------------------------------------------------------------------------------

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(\s*([^)\s]+)[^)]*\)|!\[[^\]]*\]\(\s*([^)\s]+)[^)]*\)")


def prose_of(page: Path) -> str:
    """The page without its code: what stands in code is no link and no heading."""
    fenced = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", lambda code: re.sub(r"[\[\]()#]", " ", code[0]), fenced)


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", prose_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_broken(page: Path, link: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return False
    place, _, anchor = unquote(link).partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.exists() or not target.is_relative_to(HOUSE):
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in anchors_of(target)


def links_in(page: Path) -> list[str]:
    return [first or second for first, second in LINK.findall(prose_of(page))]


PAGES = [path for path in files() if path.suffix == ".md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links_in(page) if is_broken(page, link)] == []


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        ("docs/README.md", False),
        ("docs/README.md#decisions-that-last", False),
        ("#the-first-minute", False),
        ("https://example.org/nowhere", False),
        ("docs/README.md#nothing-of-the-kind", True),
        ("docs/missing.md", True),
        ("../outside.md", True),
    ],
)
def test_a_broken_link_is_told_from_a_good_one(link: str, *, broken: bool) -> None:
    assert is_broken(HOUSE / "README.md", link) is broken


def test_every_decision_has_its_link_in_the_index() -> None:
    linked = {link for link in links_in(HOUSE / "docs" / "README.md") if link.startswith("adr/")}
    assert linked == {f"adr/{path.name}" for path in files() if path.parent == HOUSE / "docs" / "adr"}


@pytest.mark.parametrize(
    "page", sorted((HOUSE / "docs" / "adr").glob("*.md")), ids=lambda page: page.stem[:4]
)
def test_a_decision_says_context_options_outcome_and_cost(page: Path) -> None:
    assert re.findall(r"^## (.+)$", page.read_text(), flags=re.MULTILINE) == [
        "Context",
        "Options",
        "Outcome",
        "Cost",
    ]


def test_the_changelog_has_a_place_for_what_is_not_released_yet() -> None:
    assert re.search(r"^## \[Unreleased\]$", (HOUSE / "CHANGELOG.md").read_text(), flags=re.MULTILINE)


# --- make -------------------------------------------------------------------------------------------


def test_make_has_exactly_the_targets_that_are_promised() -> None:
    targets = re.findall(r"^([a-z]+):  ## ", (HOUSE / "Makefile").read_text(), flags=re.MULTILINE)
    assert targets == ["help", "install", "demo", "run", "test", "check", "lock", "bench", "model", "docs"]


def test_make_alone_lists_every_target() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    said = subprocess.run([make], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    assert sorted(re.findall(r"make ([a-z]+) ", said)) == sorted(
        ["help", "install", "demo", "run", "test", "check", "lock", "bench", "model", "docs"]
    )


# --- what conftest.py lends -------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_a_postgresql_database_of_its_own(postgres: str, turn: int) -> None:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE case_of_this_test (id int)")  # fails if the last test's is there
        version = connection.execute("SHOW server_version_num").fetchone()
    assert int(version[0]) >= 150_000
