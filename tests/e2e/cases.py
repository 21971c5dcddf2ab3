"""The list of cases: a case is a function that takes a bench (runner.py) and fails by an assertion."""

CASES = []
SHORT = []
ABOUT_KAFKA = []
ALONE = []


def case(function):
    """A test: gets listed."""
    CASES.append(function)
    return function


def short(function):
    """One that also runs where there is time for a few only: below @case."""
    SHORT.append(function)
    return function


def about_kafka(function):
    """What it claims is told by Kafka, or by what becomes of its members: it also runs on each other Kafka. Below
    @case."""
    ABOUT_KAFKA.append(function)
    return function


def alone(function):
    """It is about the burst itself: no other run beside it. Below @case."""
    ALONE.append(function)
    return function
