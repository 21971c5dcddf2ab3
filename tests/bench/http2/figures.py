"""Medians and shares with their intervals of 95 %, and series in turns."""

import math
import statistics
import time


def median(values):
    """(median, from, to): the interval by ranks, whatever the values are spread like."""
    values, count = sorted(values), len(values)
    away = 0.98 * math.sqrt(count)
    low, high = max(0, math.floor(count / 2 - away)), min(count - 1, math.ceil(count / 2 + away) - 1)
    return statistics.median(values), values[low], values[high]


def share(hits, count):
    """(share, from, to): Wilson's."""
    z, p = 1.96, hits / count
    middle, away = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return p, (middle - away) / (1 + z * z / count), (middle + away) / (1 + z * z / count)


def in_turns(ways, rounds, fire, most=math.inf):
    """{way: [what fire(way) gave]}, round after round, so that a change in the machine's speed meets all of them. No round
    is begun after so many seconds."""
    seen = {way: [] for way in ways}
    until = time.monotonic() + most
    for _ in range(rounds):
        if time.monotonic() > until:
            break
        for way in ways:
            seen[way].append(fire(way))
    return seen


def span(triple, unit=""):
    """As in a table: 5.90 (5.71 to 6.20)."""
    return f"{triple[0]:.2f}{unit} ({triple[1]:.2f} to {triple[2]:.2f})"


def percent(triple):
    return f"{triple[0]:.0%} ({triple[1]:.0%} to {triple[2]:.0%})"
