"""Filing what a source brought: once each, with its conversation, together with the cursor.

What comes at once is filed in parts, and others write between them: a hundred thousand posts must not keep a
press or a poll waiting. The cursor moves with the last part, so that whoever dies before it reads all of it
again, and what is known by id is dropped.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session, col

from casebook.mention import Author, Batch, Json, Mention, Note, Reply, clean_text
from casebook.parts import in_parts
from casebook.reach import NO_MARKS, Marks, Reading, passes, read_again
from casebook.record import Filed, SourceState
from casebook.store.coverage import Coverage, Grow
from casebook.store.spending import Bills
from casebook.tables import (
    AliasRow,
    AuthorRow,
    CasePostRow,
    CaseRow,
    PostRow,
    ShownRow,
    SourceRow,
    VersionRow,
)
from casebook.words import words_of

Notes = Mapping[tuple[str, str], Note]
"""What is known of mentions before they are judged, by network and id."""
NO_NOTES: Notes = {}
UNNOTED = Note()
_BREATH = 0.1
"""Of the time of each transaction, what is left to other processes after it: SQLite keeps no queue for them."""
_CHUNK = 400
"""Ids looked up at once; SQLite takes 32,766 parameters, older ones 999."""


class LostLease(Exception):
    """Another machine took over the source meanwhile; what was read is dropped, it will be read again."""


class Filing(Coverage, Bills):
    """The part of the store that takes in posts."""

    def source(self, name: str, *, kind: str, network: str, now: datetime) -> SourceState:
        """Give a source's state; the first call is its first start and stays so for ever."""
        with self.reading() as session:  # asked before every look: only the first one has anything to write
            known = session.get(SourceRow, name)
            if known is not None:
                return _state(known)
        with self.writing() as session:
            self.insert_new(
                session,
                SourceRow,
                name=name,
                kind=kind,
                network=network,
                first_started_at=now,
                cursor={},
                failures=0,
                fence=0,
            )
            row = session.get_one(SourceRow, name)
            return _state(row)

    def claim_source(self, name: str, *, now: datetime, lease: timedelta) -> SourceState | None:
        """Take a source for one look; None while another machine has it."""
        with self.writing() as session:
            free = or_(col(SourceRow.lease_until).is_(None), col(SourceRow.lease_until) <= now)
            taken = (
                update(SourceRow)
                .where(col(SourceRow.name) == name, free)
                .values(
                    lease_until=now + lease,
                    lease_by=self.holder,
                    fence=col(SourceRow.fence) + 1,
                    looked_at=now,
                )
                .returning(col(SourceRow.name))
            )
            if session.execute(taken).scalar() is None:
                return None
            return _state(session.get_one(SourceRow, name))

    def file(
        self,
        source: SourceState,
        batch: Batch,
        *,
        now: datetime,
        backfill: timedelta | None,
        notes: Notes = NO_NOTES,
        marks: Marks = NO_MARKS,
    ) -> Filed:
        """File a batch, in parts, and move the cursor with the last of them; what is known by id is dropped.

        Posts older than the source's first start are context only; those within `backfill` before it are
        judged. So are muted ones (`notes`), which tell their languages too. A post that was decided upon and has
        come to one of `marks` since is decided upon again.
        Raises LostLease when the source was claimed by another machine meanwhile.
        """
        filed = Filed()
        for posts, is_last in _paced(batch):
            with self.writing() as session:
                self._lock_networks(session, posts)
                row = session.get_one(SourceRow, source.name, with_for_update=True)
                if row.fence != source.fence:
                    raise LostLease(f"source {source.name} was taken over by another machine")
                if batch.clock_offset is not None:
                    row.clock_offset_s = batch.clock_offset.total_seconds()
                part = self._file_posts(
                    session,
                    source,
                    posts,
                    now=now,
                    backfill=backfill,
                    notes=notes,
                    marks=marks,
                    clock_offset_s=row.clock_offset_s,
                )
                if is_last:
                    self._keep_bills(session, source.name, batch.bills)
                    row.cursor = dict(batch.cursor)
            filed = filed.plus(part)
        return filed

    def take_in(
        self,
        name: str,
        batch: Batch,
        move: Callable[[Json], Json],
        *,
        now: datetime,
        backfill: timedelta | None,
        notes: Notes = NO_NOTES,
        marks: Marks = NO_MARKS,
    ) -> Filed:
        """File posts that were sent to a source, in parts; `move` gives the cursor that vouches for all of them.

        `move` is asked before each part: what it raises at the first leaves everything as it was. Nobody need
        have claimed the source: it is claimed and given back with the last part, and whoever was looking at it
        meanwhile has lost it.
        """
        filed = Filed()
        for posts, is_last in _paced(batch):
            with self.writing() as session:
                self._lock_networks(session, posts)
                row = session.get_one(SourceRow, name, with_for_update=True)
                cursor = move(dict(row.cursor))
                part = self._file_posts(
                    session, _state(row), posts, now=now, backfill=backfill, notes=notes, marks=marks
                )
                if is_last:
                    row.cursor, row.fence, row.lease_until = dict(cursor), row.fence + 1, None
                    row.looked_at = row.read_at = now
            filed = filed.plus(part)
        return filed

    def _lock_networks(self, session: Session, posts: Sequence[Mention | Reply]) -> None:
        for network in sorted({post.network for post in posts}):
            self.lock_network(session, network)

    def finish_look(
        self,
        source: SourceState,
        *,
        now: datetime,
        failures: int,
        retry_at: datetime | None,
        grow: Grow | None = None,
    ) -> None:
        """Give a source back after a look; `failures` counts the looks in a row that had trouble.

        `grow` says what the look adds to the coverage ledger: pure, for it is asked inside the transaction.
        A source that another machine took over meanwhile is left alone, and so is its ledger.
        """
        with self.writing() as session:
            values: dict[str, Any] = {"lease_until": None, "failures": failures, "retry_at": retry_at}
            if failures == 0:
                values["read_at"] = now
            ours = and_(col(SourceRow.name) == source.name, col(SourceRow.fence) == source.fence)
            kept = update(SourceRow).where(ours).values(**values).returning(col(SourceRow.name))
            if session.execute(kept).scalar() is not None and grow is not None:
                self._grow(session, source.name, grow)

    def _file_posts(
        self,
        session: Session,
        source: SourceState,
        posts: Sequence[Mention | Reply],
        *,
        now: datetime,
        backfill: timedelta | None,
        notes: Notes,
        marks: Marks,
        clock_offset_s: float | None = None,
    ) -> Filed:
        starts_at = source.first_started_at
        judged_from = starts_at - (backfill or timedelta(0))
        filed = Filed()
        known = self._known(session, posts)
        # most of a look is what the one before it showed, too: nothing is written for that
        standing = self._standing(session, source.name, set(known.values()))
        for raw in posts:
            post = cleaned(raw)
            found = known.get((post.network, post.id))
            if found is None and isinstance(post, Mention):
                found = next((known[key] for key in _history(post) if key in known), None)
            note = notes.get((raw.network, raw.id), UNNOTED)
            older = post.posted_at < judged_from
            note = replace(note, muted=None) if older else note  # never judged in any case
            context = older or note.muted is not None
            if found is not None and _adds_nothing(post, standing.get(found), known, context=context):
                filed = replace(filed, known=filed.known + 1)
                continue
            if found is not None:
                standing.pop(found, None)
                fresh = self._file_again(session, source.name, post, found, now=now, note=note)
                self._read_reach(session, post, found, marks, now=now)
                if not context:
                    self._heed(session, found, now=now)
                filed = replace(filed, known=filed.known + 1, versions=filed.versions + fresh)
            elif isinstance(post, Reply) and post.personal and not self._concerns_a_case(session, post):
                continue  # what our people write elsewhere is nobody's business; it is not kept
            else:
                row = self._file_new(
                    session, source.name, post, now=now, context=context, starts_at=starts_at, note=note
                )
                if clock_offset_s is not None:
                    session.get_one(PostRow, row).clock_offset_s = clock_offset_s
                found = row
                filed = _counted(filed, post, context=context, muted=note.muted is not None)
            known.update(dict.fromkeys(_history(post), found))
        return filed

    def _known(self, session: Session, posts: Iterable[Mention | Reply]) -> dict[tuple[str, str], int]:
        wanted: dict[str, list[str]] = {}
        for post in posts:
            wanted.setdefault(post.network, []).extend(clean_text(alias) for _, alias in _history(post))
        known = {}
        for network, ids in wanted.items():
            for start in range(0, len(ids), _CHUNK):
                chunk = ids[start : start + _CHUNK]
                found = select(col(AliasRow.alias), col(AliasRow.post)).where(
                    col(AliasRow.network) == network, col(AliasRow.alias).in_(chunk)
                )
                known.update({(network, alias): post for alias, post in session.execute(found)})
        return known

    def _standing(self, session: Session, source: str, rows: Collection[int]) -> dict[int, "_Standing"]:
        """Give how those posts stand that this source has shown before."""
        numbers, standing = sorted(rows), {}
        shown = and_(col(ShownRow.post) == col(PostRow.id), col(ShownRow.source) == source)
        kept = (PostRow.id, PostRow.text, PostRow.gone_at, PostRow.expired_at, PostRow.context)
        posts = select(*map(col, kept), col(PostRow.reach), col(PostRow.reached)).join(ShownRow, shown)
        for start in range(0, len(numbers), _CHUNK):
            some = posts.where(col(PostRow.id).in_(numbers[start : start + _CHUNK]))
            for number, text, gone_at, expired_at, context, reach, reached in session.execute(some):
                is_erased = gone_at is not None or expired_at is not None
                settled = reach if len(reached) > 1 else None
                standing[number] = _Standing(
                    number, text, is_erased=is_erased, context=context, settled_reach=settled
                )
        return standing

    def _file_again(
        self, session: Session, source: str, post: Mention | Reply, row: int, *, now: datetime, note: Note
    ) -> bool:
        """File a known post shown again; True when it is a version we had not read."""
        self.insert_new(session, ShownRow, post=row, source=source)
        fresh = self._name(session, post, row, now=now)
        stored = session.get_one(PostRow, row, populate_existing=True)
        if stored.gone_at is not None or stored.expired_at is not None:
            session.execute(update(AliasRow).where(col(AliasRow.post) == row).values(text=None))
            return False  # erased is erased: a page that a cache still shows brings nothing back
        if not fresh and not self._is_rewritten(session, stored, post):
            return False
        # an edit: the clock keeps the first version, and what it says now is judged anew
        before, stored.text = stored.text, post.text
        if not fresh:
            self._keep_version(session, row, post, before, now=now)
        if before == post.text:
            return True
        stored.edited_at = now
        if note is not UNNOTED:  # whoever looked the post up anew decided no language
            for name, value in _language(note).items():
                setattr(stored, name, value)
        self._tell_cases(session, row)
        session.flush()
        if words_of(before) == words_of(post.text):
            return True  # a comma: nothing that a verdict could hang on
        judged_anew = and_(
            col(PostRow.id) == row, col(PostRow.own).is_(False), col(PostRow.context).is_(False)
        )
        # whoever judges the words of before has lost it: their verdict must not pass for one on these
        anew = {"due_at": now, "attempts": 0, "lease_until": None, "fence": col(PostRow.fence) + 1}
        session.execute(update(PostRow).where(judged_anew).values(**anew))
        return True

    def _read_reach(
        self, session: Session, post: Mention | Reply, row: int, marks: Marks, *, now: datetime
    ) -> None:
        """Take in how many a known post has reached by now; one that has come to a mark is decided upon again."""
        if not isinstance(post, Mention) or post.reach is None:
            return
        stored = session.get_one(PostRow, row)
        before = readings_of(stored)
        if stored.gone_at is not None or (stored.reach == post.reach and len(before) > 1):
            return  # most posts no longer grow, and nothing is written of them
        after = read_again(before, now, post.reach)
        stored.reach, stored.reached = after[-1][1], _as_json(after)
        session.flush()
        if passes(marks, before, after, posted_at=stored.posted_at, at=now):
            decided = and_(
                col(PostRow.id) == row,
                col(PostRow.own).is_(False),
                col(PostRow.context).is_(False),
                col(PostRow.expired_at).is_(None),
                col(PostRow.due_at).is_(None),
            )
            anew = {"due_at": now, "attempts": 0, "lease_until": None, "fence": col(PostRow.fence) + 1}
            session.execute(update(PostRow).where(decided).values(**anew))

    def _is_rewritten(self, session: Session, stored: PostRow, post: Mention | Reply) -> bool:
        """Say whether a post says under the id of its latest version what none of its versions said.

        What it said before is no news: one server shows a new text while another still shows the old one, and
        a post must not go to and fro with every look.
        """
        if stored.text == post.text:
            return False
        versions = select(col(AliasRow.text), col(AliasRow.alias)).where(col(AliasRow.post) == stored.id)
        said = {(text, alias) for text, alias in session.execute(versions)}
        if (stored.text, post.id) not in said or any(text == post.text for text, _ in said):
            return False
        earlier = select(col(VersionRow.text)).where(col(VersionRow.post) == stored.id)
        return post.text not in set(session.execute(earlier).scalars())

    def _keep_version(
        self, session: Session, row: int, post: Mention | Reply, before: str, *, now: datetime
    ) -> None:
        """Keep what a post said before it was edited under the same id."""
        named = and_(col(AliasRow.network) == post.network, col(AliasRow.alias) == post.id)
        seen_at = session.execute(select(col(AliasRow.seen_at)).where(named)).scalar_one()
        session.add(VersionRow(post=row, text=before, seen_at=seen_at))
        session.execute(update(AliasRow).where(named).values(text=post.text, seen_at=now))

    def _tell_cases(self, session: Session, row: int) -> None:
        """Let the match job tell the cases of a post that it has changed."""
        of_post = select(col(CasePostRow.case)).where(col(CasePostRow.post) == row)
        session.execute(update(CaseRow).where(col(CaseRow.number).in_(of_post)).values(touched=True))

    def _name(self, session: Session, post: Mention | Reply, row: int, *, now: datetime) -> bool:
        """Let a post be known by all its ids; True when its own was new, which makes it the latest version.

        The ids of versions that were never read are kept too: replies name them, and one that is shown late
        must not pass for the latest.
        """
        fresh = False
        for network, alias in _history(post):
            is_this = alias == post.id
            words = post.text if is_this else None
            new = self.insert_new(
                session, AliasRow, network=network, alias=alias, post=row, text=words, seen_at=now
            )
            fresh = fresh or (is_this and new is not None)
        return fresh

    def _heed(self, session: Session, row: int, *, now: datetime) -> None:
        """Let a mention be judged that was context to the source that showed it first, but not to this one."""
        unheeded = and_(col(PostRow.id) == row, col(PostRow.own).is_(False), col(PostRow.context).is_(True))
        session.execute(update(PostRow).where(unheeded).values(context=False, muted=None, due_at=now))

    def _file_new(
        self,
        session: Session,
        source: str,
        post: Mention | Reply,
        *,
        now: datetime,
        context: bool,
        starts_at: datetime,
        note: Note,
    ) -> int:
        own = isinstance(post, Reply)
        author = post.author if isinstance(post, Mention) else Author(handle=post.account)
        row = PostRow(
            network=post.network,
            post_id=post.id,
            own=own,
            author_id=self._author(session, post.network, author),
            text=post.text,
            posted_at=post.posted_at,
            seen_at=now,
            url=post.url,
            conversation=post.conversation,
            in_reply_to=post.in_reply_to,
            quotes=post.quotes,
            root=self._root(session, post),
            language_hint=None if isinstance(post, Reply) else post.language,
            rating=None if isinstance(post, Reply) else post.rating,
            followers=author.followers,
            reach=post.reach if isinstance(post, Mention) else None,
            reached=_as_json(read_again((), now, post.reach))
            if isinstance(post, Mention) and post.reach is not None
            else [],
            automated=isinstance(post, Reply) and post.automated,
            context=context,
            muted=note.muted,
            **_language(note),
            backfilled=post.posted_at < starts_at,
            salt=secrets.token_hex(16),
            due_at=None if own or context else now,
        )
        session.add(row)
        session.flush()
        number = row.id
        if number is None:
            raise AssertionError("a flushed row has its key")
        self._name(session, post, number, now=now)
        self.insert_new(session, ShownRow, post=number, source=source)
        self._join_conversations(session, row, [alias for _, alias in _history(post)])
        self._touch_cases(session, row)
        return number

    def _concerns_a_case(self, session: Session, post: Reply) -> bool:
        """Say whether a post stands in the conversation of a case, or of a mention that may become one."""
        root = self._root(session, post)
        case = select(col(CaseRow.number)).where(
            col(CaseRow.network) == post.network, col(CaseRow.root) == root
        )
        waiting = select(col(PostRow.id)).where(
            col(PostRow.network) == post.network, col(PostRow.root) == root, col(PostRow.due_at).is_not(None)
        )
        return any(session.execute(one.limit(1)).scalar() is not None for one in (case, waiting))

    def _author(self, session: Session, network: str, author: Author) -> int:
        known_by = author.id or author.handle.casefold()
        values = {"handle": author.handle, "name": author.name}
        found = self.insert_new(session, AuthorRow, network=network, known_by=known_by, **values)
        if found is not None:
            return int(found)
        of_author = and_(col(AuthorRow.network) == network, col(AuthorRow.known_by) == known_by)
        row = session.execute(select(AuthorRow).where(of_author)).scalar_one()
        row.handle = author.handle
        row.name = author.name or row.name
        return int(row.id or 0)

    def _root(self, session: Session, post: Mention | Reply) -> str:
        """Give the conversation of a post: the network's own, its parent's, or the parent's id as a stand-in.

        An answer of ours that quotes a customer goes on in that customer's conversation, though the network
        begins a new one with it; so does all that is written below it.
        """
        if isinstance(post, Reply) and post.in_reply_to is None and post.quotes is not None:
            return self._root_of(session, post.network, post.quotes) or post.quotes
        if post.conversation:
            return self._root_of(session, post.network, post.conversation) or post.conversation
        if post.in_reply_to is None:
            return post.id
        return self._root_of(session, post.network, post.in_reply_to) or post.in_reply_to

    def _root_of(self, session: Session, network: str, alias: str) -> str | None:
        """Give the conversation of a known post; None where it is not known."""
        known = select(col(PostRow.root)).join(AliasRow, col(AliasRow.post) == col(PostRow.id))
        wanted = known.where(col(AliasRow.network) == network, col(AliasRow.alias) == alias)
        return session.execute(wanted).scalar()

    def _join_conversations(self, session: Session, row: PostRow, names: Sequence[str]) -> None:
        """Give posts that were waiting for this one as their root the conversation that it belongs to."""
        stand_ins = [name for name in names if name != row.root]
        if not stand_ins:
            return
        waiting = and_(col(PostRow.network) == row.network, col(PostRow.root).in_(stand_ins))
        moved = update(PostRow).where(waiting).values(root=row.root).returning(col(PostRow.id))
        if not session.execute(moved).scalars().all():
            return
        cases = and_(col(CaseRow.network) == row.network, col(CaseRow.root).in_(stand_ins))
        session.execute(update(CaseRow).where(cases).values(root=row.root, touched=True))
        joined = and_(col(CaseRow.network) == row.network, col(CaseRow.root) == row.root)
        session.execute(update(CaseRow).where(joined).values(touched=True))

    def _touch_cases(self, session: Session, row: PostRow) -> None:
        """Let the match job look at the cases that a post of ours may answer."""
        targets = [target for target in (row.in_reply_to, row.quotes) if target]
        if not row.own or row.automated or not targets:
            return
        of_targets = (
            select(col(CasePostRow.case))
            .join(AliasRow, col(AliasRow.post) == col(CasePostRow.post))
            .where(col(AliasRow.network) == row.network, col(AliasRow.alias).in_(targets))
        )
        session.execute(update(CaseRow).where(col(CaseRow.number).in_(of_targets)).values(touched=True))


def _paced(batch: Batch) -> Iterator[tuple[list[Mention | Reply], bool]]:
    """Give the parts of a batch one by one, with a breath between them that is left to other processes."""
    for posts, is_last in in_parts(batch):
        began = time.monotonic()
        yield posts, is_last
        if not is_last:
            time.sleep((time.monotonic() - began) * _BREATH)


@dataclass(frozen=True, slots=True)
class _Standing:
    """As much of a known post as tells whether what is shown of it now adds anything."""

    row: int
    text: str
    is_erased: bool
    context: bool
    settled_reach: int | None
    """How many it has reached, where two readings say so: a third that is the same is no news."""


def _adds_nothing(
    post: Mention | Reply,
    standing: _Standing | None,
    known: Mapping[tuple[str, str], int],
    *,
    context: bool,
) -> bool:
    """Say whether a post is shown just as it stands: by the same source, under known ids, in the same words.

    Of one that was erased the words do not matter: they are not taken in again. A post that was context, and
    is not where it is shown now, is to be judged.
    """
    if standing is None or (standing.context and not context):
        return False
    reach = post.reach if isinstance(post, Mention) else None
    is_same = standing.is_erased or (
        standing.text == post.text and (reach is None or reach == standing.settled_reach)
    )
    return is_same and all(known.get(name) == standing.row for name in _history(post))


def post_hash(row: PostRow) -> str:
    """Give the salted hash by which an event refers to a post that may be erased."""
    return hashlib.sha256(f"{row.salt}\0{row.network}\0{row.post_id}".encode()).hexdigest()[:32]


def readings_of(row: PostRow) -> tuple[Reading, ...]:
    """Give the readings of a post's reach that are kept, oldest first."""
    return tuple((datetime.fromisoformat(at), int(reach)) for at, reach in row.reached)


def _as_json(readings: Sequence[Reading]) -> list[Any]:
    return [[at.isoformat(), reach] for at, reach in readings]


def _state(row: SourceRow) -> SourceState:
    return SourceState(
        row.name, row.first_started_at, dict(row.cursor), row.retry_at, row.failures, row.fence
    )


def _history(post: Mention | Reply) -> list[tuple[str, str]]:
    ids = (*post.edit_ids, post.id) if isinstance(post, Mention) else (post.id,)
    return [(post.network, alias) for alias in dict.fromkeys(ids)]


def _language(note: Note) -> dict[str, Any]:
    return {
        "language": note.spoken.language if note.spoken else None,
        "language_confidence": note.spoken.confidence if note.spoken else None,
    }


def _counted(filed: Filed, post: Mention | Reply, *, context: bool, muted: bool) -> Filed:
    if muted:
        return replace(filed, muted=filed.muted + 1)
    if context:
        return replace(filed, context=filed.context + 1)
    if isinstance(post, Reply):
        return replace(filed, replies=filed.replies + 1)
    return replace(filed, mentions=filed.mentions + 1)


def cleaned(post: Mention | Reply) -> Mention | Reply:
    """Take out of every text what no database stores."""
    values: Mapping[str, Any] = {
        name: clean_text(value)
        for name in post.__slots__
        if isinstance(value := getattr(post, name), str) and clean_text(value) != value
    }
    if isinstance(post, Mention):
        named = {name: getattr(post.author, name) for name in ("handle", "id", "name")}
        cleaned: dict[str, Any] = {name: clean_text(said) for name, said in named.items() if said}
        author = replace(post.author, **cleaned)
        values = {**values, "author": author, "edit_ids": tuple(map(clean_text, post.edit_ids))}
    return replace(post, **values)
