"""Prints the marginals of a simulated set that docs/simulator.md quotes.

usage: measure.py FOLDER_OF_THE_SET
"""

import collections
import json
import math
import statistics
import sys
from datetime import datetime
from pathlib import Path

folder = Path(sys.argv[1])
truth = {}
for line in open(folder / "truth.jsonl"):
    account = json.loads(line)
    truth[account["account_id"]] = account
honest = {account for account, facts in truth.items() if facts["label"] == "legitimate"}

devices = collections.defaultdict(set)
addresses = collections.defaultdict(set)
logins = collections.defaultdict(list)
numbers = collections.defaultdict(lambda: collections.defaultdict(list))
tasks = collections.defaultdict(list)
counts = collections.Counter()
for line in open(folder / "events.jsonl"):
    event = json.loads(line)
    account = event["accountId"]
    counts[account] += 1
    at = datetime.fromisoformat(event["occurredAt"].replace("Z", "+00:00")).timestamp()
    devices[event.get("device", {}).get("deviceId")].add(account)
    address = event.get("ipAddress", "")
    if ":" in address:
        address = ":".join(address.split(":")[:4])
    addresses[address].add(account)
    if event["eventType"] == "EVENT_TYPE_LOGIN":
        logins[account].append(at)
    if event["eventType"] == "EVENT_TYPE_TASK_COMPLETED":
        tasks[account].append(int(event["task"]["tokens"]))
    if "phoneNumber" in event:
        numbers[event["phoneNumber"]][account].append(at)
devices.pop(None, None)
addresses.pop("", None)


def spread(name, values):
    values = sorted(values)
    at = lambda share: values[min(len(values) - 1, int(share * len(values)))]
    print(f"{name}: median {at(0.5):.4g}, 90% {at(0.9):.4g}, 99% {at(0.99):.4g}, most {values[-1]:.4g}")


def tail(name, sets):
    total = len(sets)
    shares = [sum(len(s) >= least for s in sets) / total for least in (2, 5, 20, 100)]
    print(f"{name}: {total}; with 2, 5, 20, 100 accounts or more: "
          + ", ".join(f"{share:.3%}" for share in shares) + f"; most {max(map(len, sets))}")


honest_only = lambda index: [kept for s in index.values() if (kept := s & honest)]
spread("events an account", counts.values())
tail("devices of the honest", honest_only(devices))
v4 = {address: s for address, s in addresses.items() if ":" not in address}
v6 = {address: s for address, s in addresses.items() if ":" in address}
tail("IPv4 addresses of the honest", honest_only(v4))
tail("IPv6 /64 of the honest", honest_only(v6))
singles = [sorted(times) for account, times in logins.items() if truth[account]["population"] == "single"]
gaps = [b - a for times in singles for a, b in zip(times, times[1:]) if b > a]
spread("days between logins of singles", [gap / 86400 for gap in gaps])
ratio = statistics.pstdev(gaps) / statistics.fmean(gaps)
print(f"burstiness of those gaps (r-1)/(r+1): {(ratio - 1) / (ratio + 1):.2f}")
spread("logins a single", [len(times) for times in singles])
spread("tokens an honest account", [sum(values) for account, values in tasks.items() if account in honest])
totals = sorted((sum(values) for values in tasks.values()), reverse=True)
print(f"tokens of the heaviest 1% of accounts: {sum(totals[:len(totals) // 100]) / sum(totals):.1%}")
shared = [account for account in numbers.values() if len(account) > 1]
recycled = [
    min(spans[1]) - max(spans[0])
    for account in shared
    if len(account) == 2
    for spans in [sorted(account.values())]
    if min(spans[1]) > max(spans[0])
]
print(f"numbers: {len(numbers)}; with two accounts or more {len(shared)}; one after the other {len(recycled)}")
if recycled:
    spread("days a recycled number rests", [gap / 86400 for gap in recycled])
sizes = collections.Counter(f["group"] for f in truth.values() if f["population"].endswith("_farm"))
if sizes:
    spread("accounts a farm", sizes.values())
