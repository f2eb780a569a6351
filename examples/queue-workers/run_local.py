#!/usr/bin/env python3
"""The whole example on this machine: queue, workers, a real Prometheus, and the autoscaler against the simulator.

For each machine that the simulator says is started this script keeps one worker process running, so that the machines'
states have their effect on the queue. All addresses are on loopback. Ends on Ctrl-C, or after RUN_FOR seconds.

  examples/queue-workers/run_local.py [PATH_OF_fly-autoscaler]        default: build/release/fly-autoscaler
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
APP = "my-queue-workers"
RUN_FOR = float(os.environ.get("RUN_FOR", "inf"))


def fetch(url):
    with urllib.request.urlopen(url, timeout=5) as reply:
        return reply.read().decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    def __init__(self, folder):
        self.folder = folder
        self.running = {}

    def start(self, name, argv, **env):
        log = open(self.folder / f"{name}.log", "a")
        self.running[name] = subprocess.Popen([str(a) for a in argv], stdout=log, stderr=log, start_new_session=True,
                                              env={"PATH": os.environ["PATH"], **env})

    def stop(self, names, wait):
        for name in names:
            self.running[name].send_signal(signal.SIGTERM)
        for name in names if wait else []:
            try:
                self.running[name].wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.running[name].kill()
                self.running[name].wait()

    def await_answer(self, name, url):
        for _ in range(500):
            try:
                return fetch(url)
            except OSError:
                if self.running[name].poll() is not None:
                    break
                time.sleep(0.05)
        raise SystemExit(f"{name} does not answer:\n" + (self.folder / f"{name}.log").read_text()[-2000:])


def start_all(processes, binary, folder):
    ports = {name: free_port() for name in ("sim", "queue", "prometheus", "autoscaler")}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    processes.start("sim", [binary, "sim", "--listen", f"127.0.0.1:{ports['sim']}", "--app", APP, "--machines", "8",
                            "--boot-time", "1s..2s"])
    processes.start("queue", [sys.executable, HERE / "workers/queue_server.py"], HOST="127.0.0.1",
                    PORT=str(ports["queue"]), WAVE_SECONDS="60")
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({
        "global": {"scrape_interval": "1s"},
        # The label that Fly's Prometheus adds by itself.
        "scrape_configs": [{"job_name": "queue", "static_configs": [
            {"targets": [f"127.0.0.1:{ports['queue']}"], "labels": {"app": APP}}]}]}))
    processes.start("prometheus", [shutil.which("prometheus") or "prometheus", f"--config.file={config}",
                                   f"--storage.tsdb.path={folder / 'data'}",
                                   f"--web.listen-address=127.0.0.1:{ports['prometheus']}", "--log.level=warn"])
    processes.await_answer("sim", urls["sim"] + "/sim/state")
    processes.await_answer("queue", urls["queue"] + "/metrics")
    processes.await_answer("prometheus", urls["prometheus"] + "/-/ready")
    while '"value"' not in fetch(urls["prometheus"] + "/api/v1/query?query=queue_depth"):
        time.sleep(0.1)
    processes.start("autoscaler", [binary, "serve", "-config", HERE / "autoscaler/fly-autoscaler.yml"],
                    FAS_APP_NAME=APP, FAS_API_TOKEN="local", FAS_INTERVAL="1s",
                    FAS_LISTEN=f"127.0.0.1:{ports['autoscaler']}", PROMETHEUS_ADDRESS=urls["prometheus"],
                    FLY_FLAPS_BASE_URL=urls["sim"], FLY_API_BASE_URL=urls["sim"])
    processes.await_answer("autoscaler", urls["autoscaler"] + "/healthz")
    return urls


def follow_machines(processes, urls, workers):
    """One worker process for each started machine; a stopped one gets its signal and ends its job by itself."""
    # By the control API: a list call would use up the autoscaler's share of the API's rate limit.
    started = json.loads(fetch(urls["sim"] + f"/sim/state?app={APP}"))["machines"].get("started", 0)
    while len(workers) < started:
        name = f"worker-{time.monotonic_ns()}"
        processes.start(name, [sys.executable, HERE / "workers/worker.py"], QUEUE_URL=urls["queue"])
        workers.append(name)
    while len(workers) > started:
        processes.stop([workers.pop()], wait=False)


def show(urls, workers):
    metrics = dict(line.split(" ") for line in fetch(urls["queue"] + "/metrics").splitlines() if line[0] != "#")
    depth = int(metrics["queue_depth"])
    print(f"waiting {depth:4}  workers {len(workers)}  done {metrics['queue_jobs_done_total']:>5}  "
          f"{'#' * min(depth, 60)}", flush=True)


def main():
    root = HERE.parent.parent
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "build/release/fly-autoscaler").resolve()
    if not binary.exists():
        raise SystemExit(f"no {binary}; run `make build` first")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="queue-workers-") as name:
        processes = Processes(pathlib.Path(name))
        end = time.monotonic() + RUN_FOR
        workers = []
        try:
            urls = start_all(processes, binary, processes.folder)
            while time.monotonic() < end:
                follow_machines(processes, urls, workers)
                show(urls, workers)
                time.sleep(1)
        except KeyboardInterrupt:
            pass
        finally:
            processes.stop([n for n, p in processes.running.items() if p.poll() is None], wait=True)


if __name__ == "__main__":
    main()
