"""What customers of other companies really waited, counted twice: by all of Vaste, and by SQL over the very same file.

The published sample is not ours to copy: it is read where it lies. Its lines stand in no order of time, companies
write first in some conversations, and posts that others answer are missing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from casebook.store import Store
from tests.fakes import HandClock
from vaste.config import load_config
from vaste.jobs import Jobs
from vaste.wiring import open_store, wire

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "twcs-sample.csv"
IMPORTED_AT = datetime(2017, 10, 13, tzinfo=UTC)

CONFIG = """
brand: Import
database: sqlite:///import.db
sources:
  - name: history
    kind: file
    path: {path}
    backfill: 3650d
    columns: {{id: tweet_id, author: author_id, posted_at: created_at, in_reply_to: in_response_to_tweet_id,
               url: tweet_id, own: {{column: inbound, when: "False"}}}}
    time_format: "%a %b %d %H:%M:%S %z %Y"
people: {{aino: {{name: Aino}}}}
teams: {{care: {{rota: {{people: [aino], handoff: "mon 09:00", every: 1w}}}}}}
playbooks:
  - {{name: everybody, match: {{}}, team: care, respond_within: 1h}}
"""

COUNT = """
WITH RECURSIVE post AS (
  SELECT tweet_id AS id, author_id AS author, inbound = 'True' AS is_customers, above,
         strptime(created_at, '%a %b %d %H:%M:%S %z %Y') AS written
  FROM (SELECT *, in_response_to_tweet_id AS above FROM read_csv(?, all_varchar = true))
),
-- each post with every known one above it
chain AS (
  SELECT id, id AS here, 0 AS step FROM post
  UNION ALL
  SELECT chain.id, higher.id, step + 1
  FROM chain JOIN post ON post.id = chain.here JOIN post AS higher ON higher.id = post.above
),
top AS (SELECT id, arg_max(here, step) AS top FROM chain GROUP BY id),
-- a conversation is what hangs below one post, also where that one is missing
thread AS (
  SELECT top.id, coalesce(post.above, post.id) AS root, post.above IS NULL AS is_whole
  FROM top JOIN post ON post.id = top.top
),
topmost AS (
  SELECT chain.id, arg_max(author, step) AS author
  FROM chain JOIN post ON post.id = chain.here
  WHERE is_customers AND step > 0 GROUP BY chain.id
),
first_writer AS (
  SELECT root, arg_min(author, written) AS author FROM post JOIN thread USING (id) WHERE is_customers GROUP BY root
),
-- whose conversation it is: of the topmost customer above; where it begins with it, its own; else of who wrote first
whose AS (
  SELECT post.id, post.author, root, written,
         coalesce(topmost.author, CASE WHEN is_whole THEN post.author ELSE first_writer.author END) AS customer
  FROM post JOIN thread USING (id) JOIN first_writer USING (root) LEFT JOIN topmost USING (id)
  WHERE is_customers
),
mine AS (SELECT * FROM whose WHERE customer = author),
one AS (SELECT author, root, min(written) AS begun, arg_min(id, written) AS first FROM mine GROUP BY author, root),
answered AS (
  SELECT mine.author, mine.root, min(reply.written) AS first_reply
  FROM mine JOIN one USING (author, root) JOIN post AS reply ON reply.above = mine.id
  WHERE NOT reply.is_customers AND reply.written >= one.begun
  GROUP BY mine.author, mine.root
)
SELECT one.author, one.first, date_diff('second', one.begun, first_reply)
FROM one LEFT JOIN answered USING (author, root)
"""

Waits = dict[tuple[str, str], int | None]
"""(customer, their first post) → seconds until the first answer to any post of theirs; None: there was none."""


def counted(file: Path) -> Waits:
    """Count by SQL over the file alone."""
    with duckdb.connect() as database:
        rows = database.execute(COUNT, [str(file)]).fetchall()
    return {(author, first): seconds for author, first, seconds in rows}


@contextmanager
def imported(file: Path, folder: Path) -> Iterator[Jobs]:
    """Import the file through the file source by the real jobs, the real classifier among them."""
    (folder / "config.yaml").write_text(CONFIG.format(path=file), "utf-8")
    loaded = load_config(folder / "config.yaml", {})
    if loaded.config is None:
        raise RuntimeError("; ".join(str(problem) for problem in loaded.problems))
    store: Store = open_store(loaded.config)
    jobs = wire(loaded.config, store=store, clock=HandClock(IMPORTED_AT))
    try:
        for job in (lambda: jobs.poll("history"), jobs.triage, jobs.match, jobs.watch, jobs.deliver):
            job()
        yield jobs
    finally:
        for source, _ in jobs.sources.values():
            source.close()
        store.engine.dispose()


def measured(jobs: Jobs) -> Waits:
    """Read what the log says."""
    return {(row["author"], row["url"]): row["frt_s"] for row in jobs.store.log(now=IMPORTED_AT)}
