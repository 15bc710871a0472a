"""How long a command takes to start, and how much room the installation takes."""

import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

TURNS = 5


def seconds_of(command: list[str]) -> float:
    """Run the command once; wall time in seconds."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def megabytes_of(folder: Path) -> float:
    """Size of all files below the folder, in megabytes of a million bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    """Print the figures: the first start (cold caches of this process's making) apart from the median."""
    vaste = str(Path(sysconfig.get_path("scripts")) / "vaste")
    for name, command in (
        ("python alone", [sys.executable, "-c", ""]),
        ("vaste --help", [vaste, "--help"]),
    ):
        first, *others = [seconds_of(command) for _ in range(TURNS + 1)]
        print(
            f"{name:14} first {first * 1000:5.0f} ms, then {statistics.median(others) * 1000:5.0f} ms (median of {TURNS})"
        )
    print(f"site-packages  {megabytes_of(Path(sysconfig.get_path('purelib'))):5.0f} MB")


if __name__ == "__main__":
    main()
