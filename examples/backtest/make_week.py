#!/usr/bin/env python3
"""Makes week.csv: a week of a queue that twelve workers serve, one job in eight seconds each.

Office hours, quiet nights and weekends, a campaign on Tuesday morning and an import on Thursday afternoon. The same
every time: python3 make_week.py > week.csv
"""
import math
import random

WORKERS = 12
SERVICE = 8  # seconds a job
ROW = 300  # seconds a row
MONDAY = 1_794_787_200  # 2026-11-16T00:00:00Z
DAY = 86_400


def rate(second):
    """Jobs a second that arrive."""
    day, hour = divmod(second, DAY)
    hour /= 3600
    busy = math.exp(-((hour - 14) / 4.2) ** 2)
    jobs = 0.12 + 1.05 * busy * (0.35 if day >= 5 else 1)
    if DAY + 10.25 * 3600 <= second < DAY + 10.6 * 3600:
        jobs += 1.6
    if 3 * DAY + 15 * 3600 <= second < 3 * DAY + 15.2 * 3600:
        jobs += 2.5
    return jobs


def main():
    draw = random.Random(16)
    print("time,queue_depth,arrivals,started")
    waiting, arrived, depth_then = 0, 0, 0
    busy = []  # when each worker is free again
    until_next = draw.expovariate(1)
    for second in range(7 * DAY + 1):
        if second % ROW == 0:
            if second:
                print(f"{MONDAY + second - ROW},{depth_then},{arrived},{WORKERS}")
            depth_then, arrived = waiting, 0
        until_next -= rate(second)
        while until_next <= 0:
            waiting, arrived = waiting + 1, arrived + 1
            until_next += draw.expovariate(1)
        busy = [end for end in busy if end > second]
        while waiting and len(busy) < WORKERS:
            waiting -= 1
            busy.append(second + SERVICE)


main()
