#!/usr/bin/env python3
"""Measures servers side by side and writes the tables of docs/performance.md.

The server runs on one processor and the generator on another. sh cmake/bench builds what this
needs and starts it.
"""
import argparse
import json
import os
import time

import footprint
import page
import processes
import subjects
import tables

EXTRA = {"calls": footprint.make_calls, "footprint": footprint.make_footprint}
PICTURE = "models"
NAMES = [*tables.TABLES, *EXTRA, PICTURE]


class Clock:
    """How long a measurement is, how often it is repeated, and when it is enough."""

    def __init__(self, quick):
        self.duration, self.rounds = (0.2, 1) if quick else (0.7, 3)
        self.limit = time.monotonic() + (120 if quick else 720)

    def is_over(self):
        return time.monotonic() > self.limit


def read_arguments():
    parser = argparse.ArgumentParser(prog="sh cmake/bench")
    parser.add_argument("--quick", action="store_true", help="a rough look, in about two minutes")
    parser.add_argument("tables", metavar="TABLE", nargs="*", help="only these: " + " ".join(NAMES))
    arguments = parser.parse_args()
    for name in arguments.tables:
        if name not in NAMES:
            parser.error(f"there is no table {name}; there are: {' '.join(NAMES)}")
    return arguments


def measure(names, clock):
    """Measures the tables and writes each when it is ready."""
    record = {}
    for name in names:
        if name == PICTURE:
            page.draw_models(clock)
            continue
        if name in EXTRA:
            lines = EXTRA[name](clock, record)
        else:
            lines = tables.make_table(name, clock, record)
        page.write(name, lines)
        page.say("\n".join(lines) + "\n")
    page.write("machine", page.machine(clock))
    with open(os.path.join(subjects.BUILD, "bench.json"), "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)


def main():
    arguments = read_arguments()
    begin = time.monotonic()
    processes.allow_descriptors()
    if processes.SERVER_PROCESSOR == processes.LOAD_PROCESSOR:
        page.say("There is one processor only: server and generator share it, and ratios say "
                 "little.")
    with processes.charge():
        measure(arguments.tables or NAMES, Clock(arguments.quick))
    page.say(f"docs/performance.md is written; {round(time.monotonic() - begin)} s")


if __name__ == "__main__":
    main()
