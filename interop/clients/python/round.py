"""What every Python client shares: what it is told, and how it reports."""

import filecmp
import os
import subprocess
import sys
import traceback

HOST = os.environ["ROUND_HOST"]
PORT = int(os.environ["ROUND_PORT"])
USER = os.environ["ROUND_USER"]
PASSWORD = os.environ["ROUND_PASSWORD"]
FRONT = os.environ["ROUND_FRONT"]
MODE = os.environ["ROUND_MODE"]
CERTIFICATE = os.environ["ROUND_CERTIFICATE"]


def file(name):
    """A file that is to be moved."""
    return os.path.join(os.environ["ROUND_FILES"], name)


def work(name):
    """A file of our own."""
    return os.path.join(os.environ["ROUND_WORK"], name)


def home(name):
    """A file at the server, as it is on the server's disk."""
    return os.path.join(os.environ["ROUND_HOME"], name)


def read(path):
    with open(path, "rb") as opened:
        return opened.read()


def same(one, other):
    assert filecmp.cmp(one, other, shallow=False), f"{one} and {other} differ"


def drop():
    """Ends every session of the server."""
    subprocess.run(os.environ["ROUND_DROP"], shell=True, check=True)


def operation(name):
    """Runs a function at once, and reports what came of it."""

    def run(work):
        try:
            work()
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"failed {name}: {words}", flush=True)
            traceback.print_exc(file=sys.stderr)
        else:
            print(f"ok {name}", flush=True)

    return run
