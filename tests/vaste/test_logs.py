import json
import os
import pty
import subprocess
import sys

SCRIPT = """
import logging, sys
import structlog
from vaste.logs import set_up_logs

set_up_logs(errors_only=len(sys.argv) > 1)
log = structlog.get_logger()
log.info("vaste runs", sources=["feed"], page=None)
log.warning("trouble", message="source x: \\x1b[31mno\\nentry\\u202e")
token = "xoxb-very-secret"
try:
    try:
        raise ValueError("Löysin lasinsirun purkista " + token)
    except ValueError as first:
        raise KeyError(token) from first
except KeyError:
    log.exception("source failed", source="x")
    logging.getLogger("vendor").exception("could not read")
logging.getLogger("vendor").info("chatter")
logging.getLogger("vendor").warning("careful")
"""


def lines_of(*arguments: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == ""
    return ran.stderr.splitlines()


def test_every_line_is_json_where_nobody_watches() -> None:
    told = [json.loads(line) for line in lines_of()]
    assert [line["event"] for line in told] == [
        "vaste runs",
        "trouble",
        "source failed",
        "could not read",
        "careful",
    ]
    assert {"level", "timestamp"} <= set(told[0])
    assert told[4]["logger"] == "vendor"


def test_a_fault_is_told_by_its_place_and_never_by_its_words() -> None:
    told = [json.loads(line) for line in lines_of()]
    assert told[2]["fault"].startswith("KeyError at <string>:")
    assert "caused by ValueError at <string>:" in told[2]["fault"]
    assert told[3]["fault"] == told[2]["fault"]
    assert not any("secret" in line or "lasinsirun" in line for line in lines_of())


def test_a_vendors_words_stay_on_one_line() -> None:
    [trouble] = [json.loads(line) for line in lines_of() if "trouble" in line]
    assert trouble["message"] == "source x: [31mno entry"


def test_errors_only_leaves_out_what_is_told_elsewhere() -> None:
    assert "trouble" not in [json.loads(line)["event"] for line in lines_of("errors only")]


def test_a_terminal_is_shown_no_value_of_a_variable() -> None:
    watched, terminal = pty.openpty()
    ran = subprocess.run([sys.executable, "-c", SCRIPT], stderr=terminal, check=True, timeout=60)
    os.close(terminal)
    shown = os.read(watched, 65_536).decode()
    os.close(watched)
    assert ran.returncode == 0
    assert "source failed" in shown
    assert "KeyError at" in shown
    assert "secret" not in shown
    assert "lasinsirun" not in shown
