#!/usr/bin/env python3
"""The queue of the example: jobs arrive by themselves, in waves, workers take them, and /metrics tells how many wait.

  POST /take          200 and a job's number, or 204 when none waits; a job that is not done in time waits again
  POST /done/NUMBER   it is done
  GET  /metrics       queue_depth and counters, as Prometheus reads them

Environment: HOST (::), PORT (9091), JOBS_PER_SECOND (6, at the top of a wave), WAVE_SECONDS (120), JOB_TIMEOUT_SECONDS (60).
"""
import collections
import http.server
import math
import os
import socket
import threading
import time

HOST = os.environ.get("HOST", "::")
PORT = int(os.environ.get("PORT", "9091"))
PEAK = float(os.environ.get("JOBS_PER_SECOND", "6"))
WAVE = float(os.environ.get("WAVE_SECONDS", "120"))
JOB_TIMEOUT = float(os.environ.get("JOB_TIMEOUT_SECONDS", "60"))

METRICS = """# HELP queue_depth Jobs that wait for a worker.
# TYPE queue_depth gauge
queue_depth {waiting}
# HELP queue_jobs_running Jobs that a worker has taken.
# TYPE queue_jobs_running gauge
queue_jobs_running {running}
# HELP queue_jobs_arrived_total Jobs that have arrived.
# TYPE queue_jobs_arrived_total counter
queue_jobs_arrived_total {arrived}
# HELP queue_jobs_done_total Jobs that have been worked off.
# TYPE queue_jobs_done_total counter
queue_jobs_done_total {done}
"""


class Queue:
    def __init__(self):
        self.lock = threading.Lock()
        self.waiting = collections.deque()
        self.running = {}  # job -> when it waits again
        self.arrived = 0
        self.done = 0

    def arrive(self, count):
        with self.lock:
            for _ in range(count):
                self.arrived += 1
                self.waiting.append(self.arrived)

    def take(self):
        with self.lock:
            now = time.monotonic()
            for job in [job for job, late in self.running.items() if late <= now]:
                del self.running[job]
                self.waiting.appendleft(job)
            if not self.waiting:
                return None
            job = self.waiting.popleft()
            self.running[job] = now + JOB_TIMEOUT
            return job

    def finish(self, job):
        with self.lock:
            if self.running.pop(job, None) is not None:
                self.done += 1

    def metrics(self):
        with self.lock:
            return METRICS.format(waiting=len(self.waiting), running=len(self.running), arrived=self.arrived,
                                  done=self.done)


def produce(queue):
    """A wave that begins at nothing, and rests at nothing for half of its time."""
    begin = time.monotonic()
    due = 0.0
    while True:
        time.sleep(0.1)
        phase = ((time.monotonic() - begin) % WAVE) / WAVE
        due += 0.1 * PEAK * max(0.0, math.sin(2 * math.pi * phase))
        queue.arrive(int(due))
        due -= int(due)


class Handler(http.server.BaseHTTPRequestHandler):
    queue = Queue()
    protocol_version = "HTTP/1.1"

    def reply(self, status, body="", content_type="text/plain; version=0.0.4"):
        data = body.encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/metrics":
            self.reply(200, self.queue.metrics())
        else:
            self.reply(404, "there is /metrics\n")

    def do_POST(self):
        if self.path == "/take":
            job = self.queue.take()
            self.reply(204) if job is None else self.reply(200, str(job))
        elif self.path.startswith("/done/") and self.path[6:].isdigit():
            self.queue.finish(int(self.path[6:]))
            self.reply(204)
        else:
            self.reply(404, "there are /take and /done/NUMBER\n")

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    # Fly's private network is IPv6; its socket serves IPv4 as well.
    address_family = socket.AF_INET6 if ":" in HOST else socket.AF_INET
    daemon_threads = True

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


if __name__ == "__main__":
    threading.Thread(target=produce, args=(Handler.queue,), daemon=True).start()
    Server((HOST, PORT), Handler).serve_forever()
