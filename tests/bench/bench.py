#!/usr/bin/env python3
"""Runs the benchmarks of a build: bench.py BUILD-FOLDER [FIGURE...]

Each figure becomes one JSON object a line in BUILD-FOLDER/bench.jsonl and a line of the table that is printed:
  name, value, unit   the figure; value is null where it could not be taken, and "why" says why
  ratio_of            what it is a ratio of
  at_most, at_least   what it must reach
and what else there is to know of how it was taken. MNIST is looked for in HARMONIUM_MNIST, else in ../shared/data/mnist
beside the project.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
TRAINING = HERE / "mnist-cd1.yaml"
EXACT = HERE / "mnist-exact.yaml"
DEEP = HERE / "mnist-dbm.yaml"
ASKED = HERE / "ask.yaml"
STREAMED = HERE / "stream.yaml"
DEMO = PROJECT / "pipelines" / "digits-dbn.yaml"
ROUNDS = 15
RIVAL_ROUNDS = 7
# Of 1,000 temperatures each, and two more to begin with and to end: 14,500 there and as many back.
ANNEALED_ROUNDS = 27
WATCHED_EPOCHS = 40
# Images of 784 bytes: 6 GB of them, and as many as are held in memory.
LARGE_ROWS, SMALL_ROWS = 7_653_061, 500_000
SLICES, SLICE_SECONDS = 12, 2
INTERRUPTED = 130
# What each figure is in, and what it must reach.
FIGURES = {
    "cd1_over_products": {"unit": "", "at_most": 1.15},
    "network_cd1_over_products": {"unit": "", "at_most": 1.15},
    "sweep_over_product": {"unit": "", "at_most": 2},
    "tempering_swap_share": {"unit": "%", "at_most": 5},
    "dbm_over_products": {"unit": "", "at_most": 1.25},
    "ais_over_products": {"unit": "", "at_most": 1.3},
    "exact_rbm_s": {"unit": "s", "at_most": 2},
    "cd1_vs_numpy": {"unit": "", "at_least": 1.3},
    "cd1_vs_sklearn": {"unit": "", "at_least": 2.0},
    "cd1_peak_mb": {"unit": "MB", "at_most": 350},
    "stream_peak_mb": {"unit": "MB", "at_most": 400},
    "stream_encode_peak_mb": {"unit": "MB", "at_most": 400},
    "stream_speed_ratio": {"unit": "", "at_least": 0.8},
    "observe_share": {"unit": "", "at_most": 0.01},
    "validate_ms": {"unit": "ms", "at_most": 80},
    "ask_ms": {"unit": "ms", "at_most": 150},
    "cached_run_s": {"unit": "s", "at_most": 0.3},
    "first_run_s": {"unit": "s", "at_most": 60},
}


class CannotRun(Exception):
    pass


def environment(**more):
    """What the processes are given: nothing of the person's settings that would change speed or results."""
    ours = ("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "HARMONIUM_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | more


def forced_kernels():
    """OpenBLAS, and its best kernels for this processor, for NumPy as well: it would not choose them by itself."""
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "").split()
    folders = sorted(Path("/usr/lib").glob("*/openblas-openmp"))
    more = {"LD_LIBRARY_PATH": str(folders[0])} if folders else {}
    if {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"} <= set(flags):
        more["OPENBLAS_CORETYPE"] = "SkylakeX"
    return more


def mnist():
    folder = Path(os.environ.get("HARMONIUM_MNIST") or PROJECT.parent / "shared" / "data" / "mnist")
    if not (folder / "train-images-idx3-ubyte.gz").exists():
        raise CannotRun(f"MNIST is not in {folder}; HARMONIUM_MNIST may name its folder")
    return folder


def python_with(module):
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0:
            return python
    raise CannotRun(f"no python3 here has the module {module}")


def write_images(path, rows):
    """An IDX file of so many images of 28 x 28 random bytes, on disk when this returns."""
    left = rows * 784
    with open(path, "wb") as file:
        file.write(bytes([0, 0, 8, 3]) + b"".join(extent.to_bytes(4, "big") for extent in (rows, 28, 28)))
        while left:
            file.write(os.urandom(min(left, 1 << 24)))
            left -= min(left, 1 << 24)
        file.flush()
        os.fsync(file.fileno())
    # What a program finds in memory it has brought there itself.
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def held_bytes(process):
    """Memory of a process that is no clean page of a file: the system cannot take it away; 0 when it has ended."""
    try:
        with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
            sizes = dict(line.split(":", 1) for line in rollup if ":" in line)
        return 1024 * sum(int(sizes[name].split()[0]) for name in ("Private_Dirty", "Shared_Dirty"))
    except (OSError, KeyError):
        return 0


def read_bytes(process):
    with open(f"/proc/{process.pid}/io") as counts:
        return next(int(line.split()[1]) for line in counts if line.startswith("read_bytes"))


def epochs_done(journal, node):
    """How far the journal of a run says that a training is."""
    if not journal.exists():
        return 0
    done = 0
    for line in journal.read_text().splitlines():
        event = json.loads(line) if line.endswith("}") else {}
        if event.get("event") == "progress" and event["node"] == node and event["unit"] == "epochs":
            done = event["done"]
    return done


def last_line(text):
    return (text.strip().splitlines() or ["it said nothing"])[-1]


class Bench:
    def __init__(self, build, scratch):
        self.program = build / "bin" / "harmonium"
        self.stepper = build / "bin" / "harmonium-bench"
        self.build = build
        self.scratch = scratch
        self.images = None
        self.figures = []

    def folder(self):
        return tempfile.mkdtemp(dir=self.scratch)

    def report(self, name, value, **more):
        value = None if value is None else float(f"{value:.4g}")
        self.figures.append({"name": name, "value": value} | FIGURES[name] | more)

    def output(self, command, env=None):
        done = subprocess.run(command, capture_output=True, text=True, env=env or environment(), check=False)
        if done.returncode != 0:
            raise CannotRun(f"{Path(command[0]).name} ended with {done.returncode}: {last_line(done.stderr)}")
        return done.stdout

    def over_products(self, names, verb, pipeline, what):
        command = [self.stepper, verb, pipeline, mnist(), str(ROUNDS), self.folder()]
        about, *rounds = map(json.loads, self.output(list(map(str, command))).splitlines())
        # The faster of the two is the one that counts.
        faster = min(("door", "openblas"), key=lambda who: statistics.median(r[who] for r in rounds))
        ratio = {
            who: statistics.median(r["training"] / r[who] for r in rounds) for who in ("door", "openblas")
        }
        for name in names:
            self.report(
                name, ratio[faster], ratio_of=f"{what} by its bare products ({faster}), interleaved, median of rounds",
                rounds=len(rounds), over_door=round(ratio["door"], 4), over_openblas=round(ratio["openblas"], 4),
                **{f"{who}_s": round(statistics.median(r[who] for r in rounds), 4) for who in rounds[0]}, **about,
            )  # fmt: skip

    def cd1_over_products(self):
        # An RBM is trained by the code of networks: one figure by two names.
        self.over_products(
            ("cd1_over_products", "network_cd1_over_products"), "products", TRAINING, "an epoch of trainer.cd"
        )

    def dbm_over_products(self):
        self.over_products(
            ("dbm_over_products",), "dbm", DEEP,
            "100 batches of a deep Boltzmann machine, 10 steps of mean field and 5 sweeps of 100 persistent chains,",
        )  # fmt: skip

    def epochs_in_turn(self, commands, rounds, env):
        """Seconds of an epoch of each command, asked in turn: {name: [...]}, and what each says of itself."""
        running = {
            name: subprocess.Popen(
                list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, env=env,
            )
            for name, command in commands.items()
        }  # fmt: skip
        try:

            def answer(name):
                line = running[name].stdout.readline()
                if not line:
                    raise CannotRun(f"{name} ended: {last_line(running[name].stderr.read())}")
                return json.loads(line)

            about = {name: answer(name) for name in running}
            seconds = {name: [] for name in running}
            for _ in range(rounds):
                for name, process in running.items():
                    process.stdin.write("\n")
                    process.stdin.flush()
                    seconds[name].append(answer(name))
            return seconds, about
        finally:
            for process in running.values():
                process.kill()
                process.communicate()

    def cd1_vs(self):
        rivals = ("numpy", "sklearn")
        commands, missing = {}, {}
        try:
            ours = [self.stepper, "epochs", TRAINING, mnist(), str(RIVAL_ROUNDS)]
            for rival in rivals:
                try:
                    commands[rival] = [python_with(rival), HERE / f"cd1_{rival}.py", mnist()]
                except CannotRun as reason:
                    missing[rival] = str(reason)
            runs = {}
            if commands:
                for how, more in (("forced", forced_kernels()), ("installed", {})):
                    runs[how] = self.epochs_in_turn(
                        {"ours": ours + [self.folder()]} | commands, RIVAL_ROUNDS, environment(**more)
                    )
        except CannotRun as reason:
            missing = dict.fromkeys(rivals, str(reason))
        for rival in rivals:
            if rival in missing:
                self.report(f"cd1_vs_{rival}", None, why=missing[rival])
                continue
            ratio, medians = {}, {}
            for how, (seconds, _) in runs.items():
                ratio[how] = statistics.median(a / b for a, b in zip(seconds[rival], seconds["ours"]))
                medians[how] = {name: round(statistics.median(seconds[name]), 3) for name in (rival, "ours")}
            about = {how: {name: runs[how][1][name]["blas"] for name in (rival, "ours")} for how in runs}
            self.report(
                f"cd1_vs_{rival}", ratio["forced"], rounds=RIVAL_ROUNDS,
                ratio_of=f"an epoch of {runs['forced'][1][rival]['rival']} by one of trainer.cd, the same BLAS kernels "
                "in both, in turn, median of rounds",
                as_installed=round(ratio["installed"], 3), seconds=medians, blas=about,
            )  # fmt: skip

    def sweep_over_product(self):
        rounds = [json.loads(line) for line in self.output([str(self.stepper), "sweep", str(ROUNDS)]).splitlines()]
        self.report(
            "sweep_over_product", statistics.median(r["sweep"] / r["product"] for r in rounds), rounds=len(rounds),
            ratio_of="a sequential sweep of a fully connected machine, 784 units and 100 chains, by one product of "
            "100 x 784 x 784, in turn, median of rounds",
            milliseconds={who: round(1000 * statistics.median(r[who] for r in rounds), 3) for who in rounds[0]},
        )  # fmt: skip

    def tempering_swap_share(self):
        rounds = [json.loads(line) for line in self.output([str(self.stepper), "tempering", str(ROUNDS)]).splitlines()]
        self.report(
            "tempering_swap_share", 100 * statistics.median(r["tempering"] / r["sweeps"] - 1 for r in rounds),
            rounds=len(rounds),
            ratio_of="what a sweep of sampler.tempering costs beyond the sweeps of its chains, by those, an RBM of 784 "
            "and 500 units, 10 temperatures and 100 chains, in turn, the quickest of 20 each, median of rounds",
            accepted=round(statistics.median(r["accepted"] for r in rounds), 3),
            milliseconds={who: round(1000 * statistics.median(r[who] for r in rounds), 3)
                          for who in ("tempering", "sweeps")},
        )  # fmt: skip

    def ais_over_products(self):
        rounds = [json.loads(line) for line in self.output([str(self.stepper), "ais", str(ANNEALED_ROUNDS)]).splitlines()]
        self.report(
            "ais_over_products", statistics.median(r["annealing"] / r["products"] for r in rounds), rounds=len(rounds),
            ratio_of="evaluator.ais with 14,500 temperatures, 100 runs of an RBM of 784 and 500 units, by its bare "
            "products, interleaved every 200 temperatures, median of rounds of 1,000",
            seconds={who: round(statistics.median(r[who] for r in rounds), 3) for who in rounds[0]},
        )  # fmt: skip

    def exact_rbm_s(self):
        folder = Path(self.folder())
        command = [self.program, "run", EXACT, "--param", f"mnist={mnist()}", "--store", folder / "store",
                   "--out", folder / "out", "--json"]  # fmt: skip
        _, output = self.seconds_of(command)
        seconds = {node["node"]: node["seconds"] for node in json.loads(output)["nodes"]}
        self.report("exact_rbm_s", seconds["likelihood"])

    def cd1_peak_mb(self):
        folder = Path(self.folder())
        peaks = {}
        # Once while the file is converted into the store, once with what the store has.
        for how, epochs in (("first", 1), ("stored", 2)):
            command = [self.program, "run", TRAINING, "--param", f"mnist={mnist()}", "--param", f"epochs={epochs}",
                       "--store", folder / "store", "--out", folder / how, "--quiet"]  # fmt: skip
            process = subprocess.Popen(list(map(str, command)), env=environment(), stderr=subprocess.PIPE, text=True)
            said = process.stderr.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise CannotRun(f"harmonium ended with {process.returncode}: {last_line(said)}")
            peaks[how] = used.ru_maxrss * 1024 / 1e6
        self.report("cd1_peak_mb", max(peaks.values()),
                    **{f"{how}_run": round(peak, 1) for how, peak in peaks.items()})  # fmt: skip

    def large(self):
        """A folder beside the build, not in memory, with images that take 6 GB, and some of the same size to compare."""
        if not self.images:
            needed = 13
            free = shutil.disk_usage(self.build).free / 1e9
            if free < needed:
                raise CannotRun(f"{self.build} has room for {free:.0f} GB; {needed} are needed")
            self.images = Path(tempfile.mkdtemp(prefix="bench-", dir=self.build))
            write_images(self.images / "large", LARGE_ROWS)
            write_images(self.images / "small", SMALL_ROWS)
        return self.images

    def close(self):
        if self.images:
            shutil.rmtree(self.images, ignore_errors=True)

    def peak_of(self, node, enough):
        """The most memory that a run of the images up to a node holds; it is interrupted when enough(journal)."""
        folder = Path(tempfile.mkdtemp(dir=self.large()))
        command = [self.program, "run", STREAMED, "--to", node, "--param", f"images={self.large() / 'large'}",
                   "--store", self.large() / "store", "--out", folder, "--quiet"]  # fmt: skip
        process = subprocess.Popen(list(map(str, command)), env=environment(), stderr=subprocess.PIPE, text=True)
        peak, began, interrupted = 0, time.perf_counter(), False
        while process.poll() is None:
            peak = max(peak, held_bytes(process))
            # Interrupted twice it would stop at once.
            if not interrupted and enough(folder / "journal.jsonl"):
                interrupted = True
                process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        said = process.stderr.read()
        if process.returncode not in (0, INTERRUPTED):
            raise CannotRun(f"harmonium ended with {process.returncode}: {last_line(said)}")
        return peak / 1e6, time.perf_counter() - began

    def stream_peak_mb(self):
        epochs, began = 0, None

        def enough(journal):
            nonlocal epochs, began
            epochs = epochs_done(journal, "trained")
            if epochs and not began:
                began = time.perf_counter()
            # A quarter of the rows, on a busy machine fewer, from all over the file.
            return epochs > 0.25 or (began and time.perf_counter() - began > 60)

        peak, seconds = self.peak_of("trained", enough)
        self.report("stream_peak_mb", peak, of="memory other than clean pages of files, while an RBM is trained on "
                    "images of 6 GB", rows=round(epochs * LARGE_ROWS), seconds=round(seconds, 1))  # fmt: skip

    def stream_encode_peak_mb(self):
        peak, seconds = self.peak_of("features", lambda journal: False)
        self.report("stream_encode_peak_mb", peak, of="the same, while their features, 1.5 GB, are computed into the "
                    "store", seconds=round(seconds, 1))  # fmt: skip

    def stream_speed_ratio(self):
        files = {"file": (self.large() / "large", LARGE_ROWS), "memory": (self.large() / "small", SMALL_ROWS)}
        running = {
            name: subprocess.Popen(
                list(map(str, [self.stepper, "slices", STREAMED, file, SLICE_SECONDS, tempfile.mkdtemp(dir=self.large())])),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
            )
            for name, (file, _) in files.items()
        }  # fmt: skip
        try:

            def answer(name):
                line = running[name].stdout.readline()
                if not line:
                    raise CannotRun(f"{name} ended: {last_line(running[name].stderr.read())}")
                return json.loads(line)

            def slice_of(name, order):
                running[name].stdin.write(order + "\n")
                running[name].stdin.flush()
                slice_ = answer(name)
                return slice_["epochs"] * files[name][1] / slice_["seconds"]

            for name in running:
                answer(name)
            # Looking for means has brought the file into memory as far as there is room: it is given up, so that every
            # page comes from disk when training fetches it. That of the first slice was fetched before.
            slice_of("file", "forget")
            slice_of("memory", "")
            read = read_bytes(running["file"])
            rates = [{name: slice_of(name, "") for name in running} for _ in range(SLICES)]
            read = read_bytes(running["file"]) - read
        finally:
            for process in running.values():
                process.kill()
                process.communicate()
        rows = sum(rate["file"] for rate in rates) * SLICE_SECONDS
        self.report(
            "stream_speed_ratio", statistics.median(rate["file"] / rate["memory"] for rate in rates), rounds=len(rates),
            ratio_of="rows a second of trainer.cd on a mapped file of 6 GB, read from disk, by those on 0.4 GB held in "
            "memory, in turn, median of slices",
            rows_a_second={name: round(statistics.median(rate[name] for rate in rates)) for name in files},
            bytes_a_row_from_disk=round(read / rows),
        )  # fmt: skip

    def observe_share(self):
        command = [self.stepper, "watched", TRAINING, mnist(), WATCHED_EPOCHS, self.folder()]
        about, *rounds, last = map(json.loads, self.output(list(map(str, command))).splitlines())

        def share(kind):
            return sum(r["watched"][kind] for r in rounds) / sum(r["bare"][kind] for r in rounds) - 1

        # Other programs lengthen the time by the clock, much less that of processors.
        clock, processors = range(2)
        spread = statistics.stdev(r["watched"][processors] / r["bare"][processors] for r in rounds)
        self.report(
            "observe_share", share(processors),
            of="the time of processors that trainer.cd takes in a run with its progress line, journal and checkpoints "
            "every 30 s, beyond the same work bare, in turn, by that",
            standard_error=round(spread / len(rounds) ** 0.5, 4), by_the_clock=round(share(clock), 4),
            rounds=len(rounds), seconds=round(sum(r["bare"][clock] for r in rounds), 1),
            report_s=round(last["ending"][clock], 3), **about,
        )  # fmt: skip

    def seconds_of(self, command):
        began = time.perf_counter()
        output = self.output(list(map(str, command)))
        return time.perf_counter() - began, output

    def validate_ms(self):
        times = [self.seconds_of([self.program, "validate", DEMO])[0] * 1000 for _ in range(23)][2:]
        self.report("validate_ms", statistics.median(times), rounds=len(times),
                    slowest=round(max(times), 1))  # fmt: skip

    def ask_ms(self):
        folder = Path(self.folder())
        store = ["--store", folder / "store"]
        self.output(list(map(str, [self.program, "run", ASKED, "--to", "trained", "--out", folder / "out", *store])))
        row = folder / "row.csv"
        row.write_text(",".join("01"[unit % 3 == 0] for unit in range(784)) + "\n")
        command = [self.program, "ask", f"{ASKED}:trained", "energy", "--data", row, *store]
        times = [self.seconds_of(command)[0] * 1000 for _ in range(23)][2:]
        self.report("ask_ms", statistics.median(times), rounds=len(times),
                    slowest=round(max(times), 1))  # fmt: skip

    def cached_run_s(self):
        folder = Path(self.folder())

        def run(number):
            command = [self.program, "run", DEMO, "--store", folder / "store", "--out", folder / str(number), "--json"]
            seconds, output = self.seconds_of(command)
            return seconds, sum(not node["from_store"] for node in json.loads(output)["nodes"])

        first, _ = run(0)
        times, computed = zip(*(run(i) for i in range(1, 6)))
        if any(computed):
            raise CannotRun(f"{max(computed)} nodes of the unchanged pipeline were computed again")
        self.report("cached_run_s", statistics.median(times), rounds=len(times), computed=0)
        self.report("first_run_s", first)

    def run(self, wanted):
        for name in ("validate_ms", "ask_ms", "cached_run_s", "cd1_peak_mb", "exact_rbm_s", "sweep_over_product",
                     "tempering_swap_share", "ais_over_products", "cd1_over_products", "dbm_over_products", "cd1_vs", "observe_share",
                     "stream_speed_ratio", "stream_peak_mb", "stream_encode_peak_mb"):
            if wanted and not any(figure.startswith(name) for figure in wanted):
                continue
            print(f"bench: {name} ...", file=sys.stderr, flush=True)
            try:
                getattr(self, name)()
            except CannotRun as reason:
                self.report(name, None, why=str(reason))


def table(figures):
    rows = [("", "figure", "must be", "")]
    for figure in figures:
        value = "-" if figure["value"] is None else f"{figure['value']:g} {figure['unit']}".strip()
        bound, reached = "", ""
        for side, holds in (("at_most", lambda v, b: v <= b), ("at_least", lambda v, b: v >= b)):
            if side in figure:
                bound = f"{side.replace('_', ' ')} {figure[side]:g}"
                reached = "not run" if figure["value"] is None else (
                    "reached" if holds(figure["value"], figure[side]) else "MISSED")  # fmt: skip
        notes = [figure["why"]] if "why" in figure else []
        if "training_s" in figure:
            notes.append(f"epoch {figure['training_s']:.3f} s, products {figure['door_s']:.3f} s through the door, "
                         f"{figure['openblas_s']:.3f} s by OpenBLAS's own threads; {figure['blas']}")  # fmt: skip
        if "as_installed" in figure:
            notes.append(f"as installed {figure['as_installed']:g}")
            notes += [
                f"{how}: " + ", ".join(f"{who} {s:.2f} s" for who, s in seconds.items())
                for how, seconds in figure["seconds"].items()
            ]
        if "standard_error" in figure:
            notes.append(f"standard error {figure['standard_error']:g}; by the clock {figure['by_the_clock']:g}; "
                         f"result and report {figure['report_s']:g} s")  # fmt: skip
        if "rows_a_second" in figure:
            notes.append(", ".join(f"{where} {rows:,} rows a second" for where, rows in figure["rows_a_second"].items())
                         + f"; {figure['bytes_a_row_from_disk']:,} bytes a row read from disk")  # fmt: skip
        rows.append((figure["name"], value, bound, reached))
        rows += [("", note) for note in notes]
    widths = [max(len(row[i]) for row in rows if len(row) == 4) for i in range(4)]
    lines = []
    for row in rows:
        if len(row) == 2:
            lines.append("    " + row[1])
        else:
            lines.append("  ".join((row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]), row[3])))
    return "\n".join(line.rstrip() for line in lines)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    unknown = [name for name in sys.argv[2:] if name not in FIGURES]
    if unknown:
        sys.exit(f"bench.py: no figure is named {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    scratch = tempfile.mkdtemp(prefix="harmonium-bench-")
    bench = Bench(build, scratch)
    try:
        bench.run(sys.argv[2:])
    finally:
        bench.close()
        shutil.rmtree(scratch, ignore_errors=True)
    with open(build / "bench.jsonl", "w") as file:
        for figure in bench.figures:
            file.write(json.dumps(figure) + "\n")
    print(table(bench.figures))


if __name__ == "__main__":
    main()
