"""Rules of docker-compose.yml: ports on loopback only, the three that people expect, every server checks its
health, data in named volumes, images with fixed tags."""

import re
import sys

import yaml

EXPECTED_PORTS = {6379, 5432, 9092, 8080}


def filled(text):
    """With what its variables default to."""
    return re.sub(r"\$\{[^:}]+:-([^}]*)\}", r"\1", str(text))


def port_problems(name, service):
    for port in service.get("ports", []):
        if not filled(port).startswith("127.0.0.1:"):
            yield f"{name}: port {port} is not bound to loopback"
        if not re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+", port):
            yield f"{name}: port {port} cannot be chosen: 127.0.0.1:${{NAME_PORT:-N}}:N"


def volume_problems(name, service, named):
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if not source.startswith(".") and source not in named:
            yield f"{name}: {volume} is no named volume"


def image_problems(name, service):
    image = filled(service["image"])
    if "build" not in service and (":" not in image or image.endswith(":latest")):
        yield f"{name}: {image} has no fixed tag"


def problems(text):
    compose = yaml.safe_load(text)
    services = compose["services"]
    for name, service in services.items():
        yield from port_problems(name, service)
        yield from volume_problems(name, service, compose["volumes"])
        yield from image_problems(name, service)
        serves = "ports" in service or name == "consumer"
        if serves and "healthcheck" not in service:
            yield f"{name}: no health check"
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy" and "healthcheck" not in services[needed]:
                yield f"{name}: waits for the health of {needed}, which has no check"
    published = {int(filled(port).split(":")[1]) for service in services.values() for port in service.get("ports", [])}
    for port in EXPECTED_PORTS - published:
        yield f"port {port} is not published"
    if services["rushproof"].get("profiles") is None:
        yield "rushproof is not under a profile"
    if re.search(r"\$\{(UID|GID)\b", text):
        yield "UID and GID are not to be had: bash keeps UID to itself, and exports neither"


with open(sys.argv[1], encoding="utf-8") as file:
    found = list(problems(file.read()))
print("\n".join(found))
sys.exit(1 if found else 0)
