#!/usr/bin/env python3
"""Runs the examples of the documentation and compares what they print.

Every fenced block marked `console` of the files named is run, all blocks of one file in one
folder, one after the other. In a block a line `$ COMMAND` is run by bash; the lines up to the next
one are what it must print, standard error included. `…` in a line stands for any text, and alone on
a line for any number of lines. A command that ends in ` &` goes on while the others run; it must
print its lines before the next one starts. `^C` alone on a line interrupts the last of these.

The examples use the ports that the text speaks of, so they run in a network namespace of their own.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 20  # seconds for one command
SKIPPED = 77


def enter_namespace():
    """Runs this script again where all ports are free."""
    if os.environ.get("EXAMPLES_IN_NAMESPACE"):
        return
    os.environ["EXAMPLES_IN_NAMESPACE"] = "1"
    prefix = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    if subprocess.run(prefix + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: this machine allows no network namespace (unshare --net)")
        sys.exit(SKIPPED)
    command = 'ip link set lo up && exec "$@"'
    os.execvp(prefix[0], prefix + ["sh", "-c", command, "sh", sys.executable] + sys.argv)


def blocks(path):
    """Yields (line number, lines) of each console block."""
    lines = open(path, encoding="utf-8").read().splitlines()
    start = None
    for number, line in enumerate(lines):
        if start is None and line.strip() == "```console":
            start = number + 1
        elif start is not None and line.strip() == "```":
            yield start + 1, lines[start:number]
            start = None


def commands(first, lines):
    """Yields (line number, command, expected lines)."""
    current = None
    for number, line in enumerate(lines, first):
        if line.startswith("$ ") or line == "^C":
            if current:
                yield current
            current = (number, line[2:] if line != "^C" else line, [])
        elif current:
            current[2].append(line)
    if current:
        yield current


def pattern(expected):
    """A regular expression for the expected lines."""
    parts = []
    for line in expected:
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece) for piece in line.split("…")) + r"\n")
    return re.compile("".join(parts))


def matches(expected, printed):
    if printed and not printed.endswith("\n"):
        printed += "\n"
    return pattern(expected).fullmatch(printed) is not None


class Session:
    """The commands of one file."""

    def __init__(self, folder):
        self.folder = folder
        self.background = []

    def start(self, command, **redirections):
        environment = dict(os.environ)
        if "sockettool timeline" in command:
            # Leaks cannot be looked for in programs that are traced, this one among them.
            options = [environment.get("ASAN_OPTIONS"), "detect_leaks=0"]
            environment["ASAN_OPTIONS"] = ":".join(filter(None, options))
        return subprocess.Popen(["bash", "-c", command], cwd=self.folder, start_new_session=True,
                                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                env=environment, **redirections)

    def run(self, command, expected):
        process = self.start(command, stdout=subprocess.PIPE)
        try:
            printed = process.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            printed = process.communicate()[0] + b"(did not end)\n"
        text = printed.decode(errors="replace")
        return matches(expected, text), text

    def run_in_background(self, command, expected):
        path = os.path.join(self.folder, ".output-%d" % len(self.background))
        with open(path, "wb") as output:
            process = self.start("exec " + command, stdout=output)
        self.background.append((process, path))
        return self.await_output(path, expected)

    def await_output(self, path, expected):
        deadline = time.monotonic() + PATIENCE
        while True:
            text = open(path, encoding="utf-8", errors="replace").read()
            if matches(expected, text):
                return True, text
            if time.monotonic() > deadline:
                return False, text
            time.sleep(0.01)

    def interrupt(self, expected):
        process, path = self.background.pop()
        before = os.path.getsize(path)
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False, "(did not end)\n"
        text = open(path, encoding="utf-8", errors="replace").read()[before:]
        return matches(expected, text), text

    def end(self):
        for process, _ in self.background:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def check(path):
    """Runs one file's examples. Returns how many were run and how many failed."""
    run = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        session = Session(folder)
        for first, lines in blocks(path):
            for number, command, expected in commands(first, lines):
                run += 1
                if command == "^C":
                    good, printed = session.interrupt(expected)
                elif command.endswith(" &"):
                    good, printed = session.run_in_background(command[:-2], expected)
                else:
                    good, printed = session.run(command, expected)
                if not good:
                    failed += 1
                    print(f"{path}:{number}: $ {command}\nexpected:")
                    print("".join(f"  {line}\n" for line in expected) + "printed:")
                    print("".join(f"  {line}\n" for line in printed.splitlines()))
        session.end()
    return run, failed


def main():
    enter_namespace()
    # A shell's background job is started with SIGINT ignored, which the examples would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["PATH"] = os.path.dirname(os.environ["SOCKETTOOL"]) + ":" + os.environ["PATH"]
    for name in ("LC_ALL", "NO_COLOR", "TZ"):
        os.environ.pop(name, None)
    total = failures = 0
    for path in sys.argv[1:]:
        run, failed = check(path)
        total += run
        failures += failed
    print(f"{total - failures} examples hold, {failures} do not")
    return 1 if failures or not total else 0


sys.exit(main())
