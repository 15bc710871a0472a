"""E-mail, by a real SMTP conversation over loopback."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from notifier.channel import ChannelUnavailable, Chart, Page, Paper
from notifier.email import PICTURE, EmailChannel, EmailSettings
from tests.notifier.cast import AINO, CLOSED, HOSTILE, OPENED, card, message, notice, tongue
from tests.servers.fake_mail import FakeMail


@pytest.fixture
def server() -> Iterator[FakeMail]:
    with FakeMail() as mail:
        yield mail


def settings(port: int, **changes: Any) -> EmailSettings:
    written = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from": "vaste@example.fi",
        "to": ["care@example.fi", "lead@example.fi"],
        "teams": {"press": "press@example.fi"},
    }
    return EmailSettings.model_validate(written | changes)


def channel(server: FakeMail, **changes: Any) -> EmailChannel:
    return EmailChannel(settings(server.port, **changes), tongue())


def test_a_card_is_a_mail_that_a_person_can_read(server: FakeMail) -> None:
    channel(server).send(message(card(), destination="team:care"), now=OPENED)
    (mail,) = server.mails
    assert "Kriittinen" in mail["Subject"]
    assert mail["To"] == "care@example.fi, lead@example.fi"
    assert mail["Importance"] == "high"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "> ”Löysin lasinsirun teidän kahvipurkista!" in plain.get_content()
    assert "https://x.com/maija_k/status/1860000000000000001" in plain.get_content()
    assert 'href="https://x.com/maija_k/status/1860000000000000001"' in html.get_content()


@pytest.mark.parametrize(
    ("destination", "to"),
    [
        ("team:care", ["care@example.fi", "lead@example.fi"]),
        ("team:press", ["press@example.fi"]),
        ("aino@example.fi", ["aino@example.fi"]),
        ("person:ben", ["care@example.fi", "lead@example.fi"]),
        ("channel:#others", ["care@example.fi", "lead@example.fi"]),
    ],
)
def test_whom_a_mail_goes_to(server: FakeMail, destination: str, to: list[str]) -> None:
    channel(server).send(message(card(), destination=destination), now=OPENED)
    assert server.recipients == [to]


def test_a_page_answers_the_mail_of_its_card(server: FakeMail) -> None:
    mailer = channel(server)
    sent = mailer.send(message(card(), destination="team:care"), now=OPENED)
    page = Page(card(), (AINO,), "escalated", step=1)
    mailer.send(message(page, destination="aino@example.fi", key="page", thread=sent), now=OPENED)
    first, second = server.mails
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"] == sent.ref


def test_what_became_of_a_card_is_not_mailed_again(server: FakeMail) -> None:
    mailer = channel(server)
    sent = mailer.send(message(card(), destination="team:care"), now=OPENED)
    updated = message(card(**CLOSED), destination="team:care", update=sent)
    assert mailer.send(updated, now=OPENED) == sent
    assert len(server.mails) == 1


def test_the_same_message_has_the_same_id_however_often_it_is_sent(server: FakeMail) -> None:
    mailer = channel(server)
    server.says["DATA"] = "cut"
    with pytest.raises(ChannelUnavailable) as broken:
        mailer.send(message(card(), destination="team:care"), now=OPENED)
    assert broken.value.ambiguous
    mailer.send(message(card(), destination="team:care"), now=OPENED)
    mailer.send(message(card(), destination="team:care", key="another"), now=OPENED)
    first, again, other = (mail["Message-ID"] for mail in server.mails)
    assert first == again != other


def test_no_header_can_be_put_in_and_no_markup(server: FakeMail) -> None:
    text = f"moi\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>{HOSTILE}"
    hostile = card(text=text, author=text, author_name=text, playbook=text, latest_text=text)
    channel(server).send(message(hostile, destination="team:care"), now=OPENED)
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert server.recipients == [["care@example.fi", "lead@example.fi"]]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()


@pytest.mark.parametrize(
    ("command", "said", "sentence", "permanent"),
    [
        ("RCPT", "550 no such user", "correct the address", True),
        ("RCPT", "451 later", "tried again", False),
        ("DATA", "452 full", "tried again", False),
        ("DATA", "554 spam", "check from and to", True),
    ],
)
def test_a_refusal_says_what_to_do_and_nothing_of_the_mail(
    server: FakeMail, command: str, said: str, sentence: str, *, permanent: bool
) -> None:
    server.says[command] = said
    with pytest.raises(ChannelUnavailable, match=sentence) as refused:
        channel(server).send(message(card(), destination="team:care"), now=OPENED)
    assert refused.value.permanent == permanent
    assert "lasinsirun" not in str(refused.value)


def test_one_bad_address_of_several_repeats_the_mail_to_nobody(server: FakeMail) -> None:
    server.says["RCPT lead@example.fi"] = "550 no such user"
    assert channel(server).send(message(card(), destination="team:care"), now=OPENED).place == "email"
    assert server.recipients == [["care@example.fi"]]


def test_a_server_that_is_not_there_is_tried_again_and_took_nothing() -> None:
    absent = EmailChannel(settings(1), tongue())
    with pytest.raises(ChannelUnavailable, match="cannot be reached") as gone:
        absent.send(message(card(), destination="team:care"), now=OPENED)
    assert (gone.value.permanent, gone.value.ambiguous) == (False, False)
    assert absent.check() == [
        "email: the mail server cannot be reached (ConnectionRefusedError): it is tried again"
    ]


def test_a_server_without_encryption_gets_nothing(server: FakeMail) -> None:
    (problem,) = channel(server, security="starttls").check()
    assert "knows no STARTTLS" in problem
    (problem,) = channel(server, security="tls").check()
    assert "no TLS here" in problem
    assert server.mails == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "vaste"}, "go together"),
        ({"username": "vaste", "password": "p"}, "not sent unencrypted"),
        ({"to": []}, "at least one"),
        ({"to": "Care <care@example.fi>"}, "one e-mail address"),
        ({"to": "care@example.fi, other@example.fi"}, "one e-mail address"),
        ({"from": "a@b\nBcc: c@d"}, "one e-mail address"),
        ({"from": "nobody"}, "one e-mail address"),
    ],
)
def test_settings_that_would_fail_at_night_are_refused_by_day(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(25, **changes)


def test_a_wrong_password_is_said_to_be_wrong() -> None:
    with FakeMail(password="right") as strict:
        told = settings(strict.port)
        mailer = EmailChannel(replace_secret(told, "wrong"), tongue())
        assert mailer.check() == [
            "email: the mail server refuses the password: correct username and password"
        ]
        assert EmailChannel(replace_secret(told, "right"), tongue()).check() == []


def replace_secret(told: EmailSettings, password: str) -> EmailSettings:
    """Log in without encryption, as only a test may."""
    from pydantic import SecretStr  # noqa: PLC0415

    return told.model_copy(update={"username": "vaste", "password": SecretStr(password)})


def test_nothing_is_done_with_an_unsent_destination(server: FakeMail) -> None:
    asked = replace(message(card(), destination="team:care"), destination="")
    channel(server).send(asked, now=OPENED)
    assert server.recipients == [["care@example.fi", "lead@example.fi"]]


def test_a_report_is_mailed_with_its_picture_in_it_and_its_paper_with_it(server: FakeMail) -> None:
    chart = Chart(b"\x89PNG picture", "Päivä päivältä", "ti 24.: 1 <ajallaan>")
    paper = Paper(b"%PDF-1.7 whole", "vaste-2026-W48-fi.pdf", "Aino Kahvi")
    content = replace(notice("report"), chart=chart, paper=paper)
    channel(server).send(message(content, destination="team:care"), now=OPENED)
    (mail,) = server.mails
    html = mail.get_body(("html",))
    assert html is not None
    assert f'<img src="cid:{PICTURE}" alt="ti 24.: 1 &lt;ajallaan&gt;"' in html.get_content()
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert (picture["Content-ID"], picture.get_content()) == (f"<{PICTURE}>", chart.png)
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (paper.name, paper.content)
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "Koko raportti on liitteenä PDF-tiedostona." in plain.get_content()


def test_a_mail_without_a_picture_has_words_alone(server: FakeMail) -> None:
    channel(server).send(message(notice("report"), destination="team:care"), now=OPENED)
    (mail,) = server.mails
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
