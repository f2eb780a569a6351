#!/usr/bin/env python3
"""A worker of the example: takes a job from the queue, works on it for a while, says that it is done.

On SIGTERM or SIGINT it ends its job first: that is what a machine's stop signal and timeout are for.
Environment: QUEUE_URL (http://127.0.0.1:9091), JOB_SECONDS (1).
"""
import os
import signal
import threading
import time
import urllib.request

QUEUE_URL = os.environ.get("QUEUE_URL", "http://127.0.0.1:9091").rstrip("/")
JOB_SECONDS = float(os.environ.get("JOB_SECONDS", "1"))

stopping = threading.Event()


def post(path):
    request = urllib.request.Request(QUEUE_URL + path, data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.read().decode()


def main():
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            job = post("/take")
            if not job:
                stopping.wait(0.5)
                continue
            time.sleep(JOB_SECONDS)  # the work
            post(f"/done/{job}")
            print(f"job {job} done", flush=True)
        except OSError as error:
            print(f"queue: {error}", flush=True)
            stopping.wait(2)


if __name__ == "__main__":
    main()
