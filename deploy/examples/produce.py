#!/usr/bin/env python3
"""A login service's side: writes login events into the Redis stream that sameuser follows.

Needs Python 3.10 and the package `redis`. Reads JSON lines; each becomes one entry with the field
`event`. An event that was sent twice does no harm: its event_id tells.

    python3 produce.py events.jsonl --redis redis://127.0.0.1:6379 --rate 50
"""

import argparse
import json
import sys
import time
import zlib

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

STREAM = "sameuser:events"
# Entries that Redis keeps at least. Keep more than the longest time that the service may be away:
# what is trimmed before it was read is lost to it.
KEPT_AT_LEAST = 1_000_000


def stream_of(event, partitions):
    """All events of an account go to one partition, so that they stay in order."""
    if partitions == 0:
        return STREAM
    number = zlib.crc32(event["accountId"].encode()) % partitions
    return f"{STREAM}:{{{number}}}"


def send(server, event, partitions):
    """Adds one entry; answers its id. Raises once Redis was away for too long."""
    fields = {"event": json.dumps(event, ensure_ascii=False, separators=(",", ":"))}
    return server.xadd(stream_of(event, partitions), fields, maxlen=KEPT_AT_LEAST, approximate=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="JSON lines; - reads standard input")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379")
    parser.add_argument("--partitions", type=int, default=0)
    parser.add_argument("--rate", type=float, default=50, help="events a second")
    arguments = parser.parse_args()

    retry = Retry(ExponentialBackoff(cap=2, base=0.1), retries=20)
    server = redis.Redis.from_url(
        arguments.redis,
        retry=retry,
        retry_on_error=[redis.ConnectionError, redis.TimeoutError],
    )
    lines = sys.stdin if arguments.file == "-" else open(arguments.file, encoding="utf-8")
    began, sent = time.monotonic(), 0
    for line in lines:
        if not line.strip():
            continue
        send(server, json.loads(line), arguments.partitions)
        sent += 1
        pause = began + sent / arguments.rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
    print(json.dumps({"produced": sent}))


if __name__ == "__main__":
    main()
