"""docs/performance.md: the tables are written between marks, everything else is left as it is."""
import os
import platform
import re
import subprocess

import processes
import subjects

PAGE = os.path.join(subjects.TOP, "docs", "performance.md")


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def machine(clock):
    """The machine in general terms, and how it was measured."""
    model = "an unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
        if found:
            model = " ".join(found.group(1).replace("(R)", "").replace("(TM)", "").split())
    kernel = ".".join(platform.release().split("-")[0].split(".")[:2])
    if processes.SERVER_PROCESSOR != processes.LOAD_PROCESSOR:
        place = "server on one, generator on another"
    else:
        place = "server and generator share one, so that ratios are too small"
    rounds = f"{clock.rounds} rounds" if clock.rounds > 1 else "one round"
    return [f"{model}, {os.cpu_count()} processors ({place}), Linux {kernel}, loopback; "
            f"{rounds} of {clock.duration} s each."]


def write(name, lines):
    """Replaces what stands between a table's two marks."""
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    pattern = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    text, count = pattern.subn(lambda found: found[1] + "\n".join(lines) + "\n" + found[2], text)
    if count != 1:
        raise SystemExit(f"bench: {PAGE} has no place for the table {name}")
    with open(PAGE + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(PAGE + ".new", PAGE)


def draw_models(clock):
    """The picture of how models scale. Where a round fell short, the picture says so."""
    subprocess.run([subjects.own("sockettool"), "bench", "echo", "--compare", "models",
                    "--connections", "1,10,100,1000", "--duration", f"{clock.duration}s",
                    "--svg", os.path.join(os.path.dirname(PAGE), "models.svg")], check=False)


def remarks(notes):
    if not notes:
        return []
    return ["", "What went wrong:", ""] + [f"- {note}" for note in notes]


def say(text):
    print(text, flush=True)
