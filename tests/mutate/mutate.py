#!/usr/bin/env python3
"""Does some test fail if a comparison in the checker is another?

    tests/mutate/mutate.py checkers/zones.cpp [--scratch DIR] [--only LINE] [--count N]
                           [--models register,set] [--jobs 2]

Copies the sources into a scratch folder, and there changes one comparison, one && or ||, or one
bound by one, after the other. Of each it builds the fuzzers, runs --count histories of the registers
(clew_checker_fuzz) and as many of each model (clew_model_fuzz), and prints "caught" and by what, or
"alive". What is alive lacks a test, or only saves work, or is needless. A mutant that does not
compile is none; one that takes ten times as long as the original is caught.

Takes a minute or so for each mutant, so it is no part of the tests. Exit code: 1 if one is alive.
"""
import argparse
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OTHERS = {"<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "==": ["!="], "!=": ["=="],
          "&&": ["||"], "||": ["&&"], "+ 1": ["+ 0", "+ 2"], "- 1": ["- 0", "- 2"]}
# What a mutant is warned of, and memory that one which never stops may take.
WARNINGS = "-Wno-parentheses -Wno-unused -Wno-type-limits -Wno-array-bounds -Wno-bool-compare"
MEMORY = 4 << 30
# clang-format writes spaces around an operator, and none around the brackets of a template.
OPERATOR = re.compile(r"(?<= )(?:<=|>=|==|!=|&&|\|\||<|>|[+-] 1(?![\w.']))(?=[ ;,)\]]|$)")
OUTSIDE = re.compile(r'//.*|"(?:\\.|[^"\\])*"|^\s*(?:#|static_assert|template).*')


def mutants(text):
    """(line number, old line, new line) of each."""
    for number, line in enumerate(text.splitlines(), 1):
        blank = OUTSIDE.sub(lambda found: " " * len(found.group()), line)
        for found in OPERATOR.finditer(blank):
            if "operator" in blank[:found.start()][-12:]:
                continue
            for other in OTHERS[found.group()]:
                yield number, line, line[:found.start()] + other + line[found.end():]


def copy(scratch):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\n")
    for name in filter(None, names):
        source, target = ROOT / name, scratch / name
        if not source.is_file():
            continue
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue  # Its time stays, so that it is not built again.
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def run(command, seconds, cwd, prepare=None):
    """The exit code, None if it took too long, and the first line that it printed."""
    try:
        done = subprocess.run(command, cwd=cwd, timeout=seconds, text=True, errors="replace",
                              preexec_fn=prepare, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return None, "it does not end"
    return done.returncode, done.stdout.strip().split("\n")[0][:110]


def judge(commands, limits, cwd):
    """What caught it; None if nothing did."""
    def frugal():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    for command, limit in zip(commands, limits):
        code, said = run(command, limit, cwd, frugal)
        if code != 0:
            return said
    return None


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file")
    options.add_argument("--scratch", default="/tmp/clew-mutate")
    options.add_argument("--only", type=int, action="append", help="only this line")
    options.add_argument("--count", type=int, default=60_000)
    options.add_argument("--models", default="", help="which clew_model_fuzz runs, too")
    options.add_argument("--flags", default=WARNINGS, help="of the compiler")
    options.add_argument("--jobs", type=int, default=2)
    chosen = options.parse_args()

    scratch = pathlib.Path(chosen.scratch).resolve()
    copy(scratch)
    target, original = scratch / chosen.file, (ROOT / chosen.file).read_text()
    tests = scratch / "build/release/tests/checkers"
    build = ["cmake", "--build", "build/release", f"-j{chosen.jobs}", "--target",
             "clew_checker_fuzz", "clew_model_fuzz"]
    commands = [[tests / "clew_checker_fuzz", str(chosen.count), "7"]]
    commands += [[tests / "clew_model_fuzz", model, str(chosen.count), "7"]
                 for model in filter(None, chosen.models.split(","))]
    os.environ.setdefault("CCACHE_NOHASHDIR", "1")
    subprocess.run(["cmake", "--preset", "release", f"-DCMAKE_CXX_FLAGS={chosen.flags}"], cwd=scratch,
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(build, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    limits = []
    for command in commands:
        began = time.monotonic()
        if subprocess.run(command, cwd=scratch, stdout=subprocess.DEVNULL).returncode != 0:
            sys.exit("the original fails already: " + " ".join(map(str, command)))
        limits.append(10 * (time.monotonic() - began) + 10)

    alive = caught = 0
    try:
        for number, old, new in mutants(original):
            if chosen.only and number not in chosen.only:
                continue
            lines = original.split("\n")
            lines[number - 1] = new
            target.write_text("\n".join(lines))
            if run(build, 600, scratch)[0] != 0:
                continue
            by = judge(commands, limits, scratch)
            alive, caught = alive + (by is None), caught + (by is not None)
            print(f"{'alive ' if by is None else 'caught'} {chosen.file}:{number}: {new.strip()}"
                  + (f"   [{by}]" if by else ""), flush=True)
    finally:
        target.write_text(original)
    print(f"{chosen.file}: {caught} caught, {alive} alive")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
