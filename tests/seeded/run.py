"""Prove that the tests can fail: apply each seeded bug to a copy of the tree and see its named test go red.

Each ``tests/seeded/ID.patch`` begins with ``# test: PATH::NAME`` lines, then a unified diff. The named tests
must be green on the copy without the patch, and at least one of them red (a failure, not an error) with it. A
patch that no longer applies is a failure too. ``make seeded`` runs all; names as arguments run only those.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 300.0
WORKERS = 2


@dataclass(frozen=True)
class Seed:
    """One seeded bug: its id, the patch, and the tests that must notice it."""

    name: str
    patch: Path
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Ran:
    """What a pytest run came to; ``said`` is the end of its output."""

    passed: int
    failed: int
    errors: int
    said: str


def seeds(names: Sequence[str]) -> list[Seed]:
    """Return the seeded bugs, all or the named ones, in the order of their ids."""
    found: list[Seed] = []
    for patch in sorted((ROOT / "tests" / "seeded").glob("*.patch")):
        if names and patch.stem not in names:
            continue
        lines = patch.read_text(encoding="utf-8").splitlines()
        tests = tuple(line.removeprefix("# test:").strip() for line in lines if line.startswith("# test:"))
        found.append(Seed(patch.stem, patch, tests))
    return found


def copy_tree(to: Path) -> None:
    """Copy every tracked file, as it is in the working tree, into ``to``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, listed):
        source = ROOT / name
        if source.is_file():
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def run_tests(tree: Path, tests: Sequence[str], limit: float = LIMIT) -> Ran:
    """Run the named tests against the packages of ``tree``, in a process of its own."""
    report = tree / "seeded-report.xml"
    path = os.pathsep.join(str(tree / folder) for folder in ("connectors", "console"))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=short",
        # One red is enough: where a bug makes tests wait for what never comes, all of them would take too long.
        "-x",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
    ]
    try:
        done = subprocess.run(
            [*command, *tests], cwd=tree, env=environment, capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return Ran(0, 0, 1, f"no end within {limit:.0f} s")
    if not report.is_file():
        return Ran(0, 0, 1, (done.stdout + done.stderr)[-2000:])
    suite = ElementTree.parse(report).getroot().find("testsuite")
    count = {
        key: int(suite.get(key, 0)) if suite is not None else 0
        for key in ("tests", "failures", "errors", "skipped")
    }
    passed = count["tests"] - count["failures"] - count["errors"] - count["skipped"]
    return Ran(passed, count["failures"], count["errors"], done.stdout[-2000:])


def baseline(found: Sequence[Seed]) -> str:
    """Return what is wrong with the named tests without any seeded bug, or nothing."""
    tests = sorted({test for seed in found for test in seed.tests})
    with tempfile.TemporaryDirectory(prefix="seeded-") as folder:
        copy_tree(Path(folder))
        ran = run_tests(Path(folder), tests, LIMIT + 5 * len(tests))
    if ran.failed or ran.errors or ran.passed < len(tests):
        return (
            f"the named tests are not green without a bug ({ran.passed} of {len(tests)} passed)\n{ran.said}"
        )
    return ""


def judge(seed: Seed) -> str:
    """Return what is wrong with one seeded bug, or nothing when its test went red."""
    if not seed.tests:
        return "names no test: begin the patch with '# test: PATH::NAME'"
    with tempfile.TemporaryDirectory(prefix="seeded-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        applied = subprocess.run(["git", "apply", str(seed.patch)], cwd=tree, capture_output=True, text=True)
        if applied.returncode:
            return f"the patch no longer applies: {applied.stderr.strip()}"
        ran = run_tests(tree, seed.tests)
    if ran.failed:
        return ""
    return f"the bug went unnoticed: {ran.passed} passed, {ran.errors} errors\n{ran.said}"


def main(names: Sequence[str]) -> int:
    """Judge the seeded bugs and print one line for each; 0 when every one was noticed."""
    found = seeds(names)
    if not found:
        print("no seeded bugs found", file=sys.stderr)
        return 2
    wrong = baseline(found)
    if wrong:
        print(wrong)
        return 1
    unnoticed = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for seed, problem in zip(found, pool.map(judge, found), strict=True):
            unnoticed += bool(problem)
            print(
                f"{seed.name:6} {'FAIL  ' + problem if problem else 'red   ' + ', '.join(seed.tests)}",
                flush=True,
            )
    print(f"{len(found) - unnoticed} passed, {unnoticed} failed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
