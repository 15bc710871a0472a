"""The real command, typed as a person types it."""

import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

VASTE = Path(sysconfig.get_path("scripts")) / "vaste"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> list[str]:
        """The lines on stderr."""
        return self.err.splitlines()


def vaste(
    *words: str | Path, cwd: Path, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> Typed:
    """Run `vaste` in a folder, without any terminal, and wait for its end."""
    clean = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "COLUMNS"}}
    ran = subprocess.run(
        [VASTE, *words],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=100,
        env=clean | {"NO_COLOR": "1"} | (environment or {}),
    )
    return Typed(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
