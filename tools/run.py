"""Set up netgen's environments and run its two jobs: ``demo`` and ``test``.

Standard library only, on any Python from 3.8 on: it runs before anything is installed. Environments lie in
``.venv/reference`` (CPython 3.9, real Caffe) and ``.venv/modern`` (newest CPython, no Caffe). They are
made from the lock files in ``requirements/``, and made anew when those change.
"""

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = os.name == "nt"
PROBE = (
    "import platform,struct,sys,sysconfig;"
    "print(platform.python_implementation(),*sys.version_info[:2],sys.version_info[3],8*struct.calcsize('P'),"
    "platform.machine(),int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))),sys.executable)"
)


def say(text):
    print(f"\033[1m==> {text}\033[0m" if sys.stderr.isatty() else f"==> {text}", file=sys.stderr, flush=True)


def fail(message, mend):
    print(f"error: {message}\n  mend: {mend}", file=sys.stderr)
    sys.exit(2)


def probe(command):
    """Return (version, machine, path) of a CPython that works, None otherwise."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    try:
        done = subprocess.run(
            [*command, "-c", PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
            timeout=60,
            cwd=ROOT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.decode(errors="replace").split(None, 7)
    if done.returncode or len(words) != 8 or words[0] != "CPython" or words[3] != "final" or words[6] == "1":
        return None
    return (int(words[1]), int(words[2])), words[5].lower(), words[7].strip()


def candidates():
    """Yield commands that may be Pythons: this one, pyenv's, uv's, those on PATH, the Windows launcher's."""
    yield [sys.executable]
    roots = [os.environ.get("PYENV_ROOT", ""), str(Path.home() / ".pyenv")]
    if shutil.which("pyenv"):
        asked = subprocess.run(["pyenv", "root"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        roots.insert(0, asked.stdout.decode().strip())
    for root in dict.fromkeys(filter(None, roots)):
        for home in sorted(Path(root).glob("versions/3.*")):
            yield [str(home / ("python.exe" if WINDOWS else "bin/python"))]
    if shutil.which("uv"):
        asked = subprocess.run(
            ["uv", "python", "list", "--only-installed", "--offline"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        for line in asked.stdout.decode().splitlines():
            words = line.split()
            if len(words) > 1 and words[0].startswith("cpython-3"):
                yield [words[1]]
    for minor in range(9, 30):
        if shutil.which(f"python3.{minor}"):
            yield [f"python3.{minor}"]
    yield ["python3"]
    if WINDOWS:
        for minor in range(9, 30):
            yield ["py", f"-3.{minor}"]


def pythons():
    found = {}
    for command in candidates():
        python = probe(command)
        if python and python[0] >= (3, 9):
            found.setdefault(python[0], python)
    return found


def reference_python():
    python = pythons().get((3, 9))
    if python is None:
        fail(
            "no CPython 3.9 was found, and the reference Caffe (kendryte-caffe) has wheels for no later one",
            "pyenv install 3.9, or uv python install 3.9, or put a python3.9 on PATH; then run this again",
        )
    if python[1] not in ("x86_64", "amd64"):
        fail(
            f"the reference Caffe has wheels for x86-64 alone, and this CPython 3.9 is for {python[1]}",
            "use an x86-64 machine (or an x86-64 CPython 3.9 under emulation)",
        )
    return python


def environment(name, python):
    """Return the interpreter of an environment, made from its lock file if it is missing or out of date."""
    home = ROOT / ".venv" / name
    inside = home / ("Scripts/python.exe" if WINDOWS else "bin/python")
    lock = ROOT / "requirements" / f"{name}.txt"
    wanted = hashlib.sha256(
        lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + python[2].encode()
    ).hexdigest()
    stamp = home / "netgen-stamp"
    if inside.exists() and stamp.exists() and stamp.read_text() == wanted:
        return inside
    version = ".".join(map(str, python[0]))
    say(f"setting up .venv/{name} with CPython {version} ({python[2]}); a minute or two the first time")
    if home.exists():
        shutil.rmtree(home)
    done = subprocess.run(
        [python[2], "-m", "venv", str(home)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace").strip()[-300:]
        fail(
            f"{python[2]} cannot make a virtual environment: {said}",
            "on Debian and Ubuntu: apt install python3-venv; or use a CPython from pyenv or uv",
        )
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    for step in (
        ["--require-hashes", "--only-binary", ":all:", "-r", str(lock)],
        ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ):
        if subprocess.run([*pip, *step], cwd=ROOT).returncode:
            fail(f"setting up .venv/{name} failed in: pip install {' '.join(step)}", "read pip's lines above")
    stamp.write_text(wanted)
    return inside


def call(python, *words, **env):
    """Run a module in an environment whose own commands come first on PATH."""
    variables = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    variables["PATH"] = os.pathsep.join([str(Path(python).parent), variables.get("PATH", "")])
    return subprocess.run([str(python), *words], cwd=ROOT, env={**variables, **env}).returncode


def demo(rest):
    python = environment("reference", reference_python())
    return call(python, "-m", "netgen", "demo", *rest)


def test(rest):
    found = pythons()
    reference = reference_python()
    newest = found[max(found)]
    if newest[0] == (3, 9):
        fail("the newest CPython here is 3.9, and the tests want a later one beside it", "pyenv install 3.13")
    failed = []
    python = environment("reference", reference)
    modern = environment("modern", newest)

    def step(title, *words, **env):
        say(title)
        if call(*words, **env):
            failed.append(title)

    step("ruff", python, "-m", "ruff", "check", ".")
    step("ruff format", python, "-m", "ruff", "format", "--check", ".")
    step("mypy", python, "-m", "mypy")
    told = {"NETGEN_CAFFE_PYTHON": str(python), "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "")}
    version = ".".join(map(str, newest[0]))
    step(f"tests, CPython {version}, newest protobuf, no Caffe", modern, "-m", "pytest", "-q", *rest, **told)
    step("tests, CPython 3.9, real Caffe", python, "-m", "pytest", "-q", *rest, GLOG_minloglevel="2")
    for title in failed:
        print(f"failed: {title}", file=sys.stderr)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(prog="run", description=__doc__.split("\n")[0])
    parser.add_argument(
        "job", choices=["demo", "test"], help="demo: the main job; test: every test on both Pythons"
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on: to netgen demo, or to pytest")
    options = parser.parse_args()
    if not re.match(r"3\.(8|9|\d\d)", platform.python_version()):
        fail(f"this is Python {platform.python_version()}", "run it with Python 3.8 or later")
    sys.exit({"demo": demo, "test": test}[options.job](options.rest))


if __name__ == "__main__":
    main()
