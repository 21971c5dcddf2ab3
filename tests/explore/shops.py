"""The shops: services that race between two statements, and their right twins, one scenario file each."""

import os
import pathlib
import shutil
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", "build/dev/bin")).resolve()
NODE = BIN.parent / "shops-node"
JAR = pathlib.Path("/usr/share/java/HikariCP.jar")


class Shop:
    """A scenario file, and what a test wants to know of it."""

    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.process = self.scenario["processes"][0]
        self.right = self.scenario["outcome"]["verdict"] == "pass"
        self.once = "repeat" in self.scenario.get("users", {})
        self.database = "mysql" if self.scenario["stack"].get("mysql") == "private" else "postgres"
        self.redis = self.scenario["stack"]["redis"] == "private"

    def missing(self):
        """Why it cannot run here; None: it can."""
        program = self.process["run"][0]
        if not shutil.which(program):
            return f"there is no {program}"
        if self.name.startswith("java-") and not JAR.exists():
            return f"there is no {JAR} (Debian's libhikaricp-java)"
        if self.name.startswith("node-") and not (NODE / "node_modules").is_dir():
            return "npm has not fetched the packages of services/node"
        modules = [{"postgres": "psycopg2", "mysql": "pymysql"}[self.database]] + ["redis"] * self.redis
        if self.name.startswith("python-"):
            for module in modules:
                if subprocess.run([program, "-c", f"import {module}"], capture_output=True, check=False).returncode:
                    return f"{program} has no module {module}"
        return None


def every(names=()):
    """All of them by name, or those whose name begins with one of names."""
    found = [Shop(path) for path in sorted(HERE.glob("*.yaml"))]
    return [shop for shop in found if not names or shop.name.startswith(tuple(names))]


def prepare():
    """`npm ci` of the lock file beside shop.js, into the build directory; once for each lock file. Without npm or its
    registry the shops in Node are missing, and say so."""
    source = HERE / "services" / "node"
    lock, stamp = (source / "package-lock.json").read_bytes(), NODE / "installed-lock.json"
    if not shutil.which("npm") or (stamp.exists() and stamp.read_bytes() == lock):
        return
    NODE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, NODE)
    done = subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=NODE, check=False)
    if done.returncode == 0:
        stamp.write_bytes(lock)


def environment():
    """What scenario files take from it."""
    return {**os.environ, "SHOP_NODE_MODULES": str(NODE / "node_modules")}
