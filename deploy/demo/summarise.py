#!/usr/bin/env python3
"""Tells in words what the demo's service answered, beside the truth it was never shown.

    summarise.py DIR

DIR holds events.jsonl, checks.jsonl and truth.jsonl as made, and replay.json, answers.jsonl and
clusters.jsonl as the service answered. Exits 1 if the answers are not what the demo promises.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

POPULATIONS = {
    "office": "an office behind one address",
    "campus": "a campus behind one address",
    "carrier": "phones behind one carrier's address",
    "household": "families with one computer",
    "single": "people who share nothing",
    "internet-cafe": "customers of an internet café",
    "recycled-number": "a number given to somebody else",
    "second-hand-laptop": "a laptop sold to somebody else",
    "enterprise": "enterprise accounts",
    "farm-1": "farm: 40 accounts in an hour, 2 devices",
    "farm-2": "farm: 30 accounts on 6 emulators",
    "reseller": "customers of an operator",
    "duplicate-person": "one person with two accounts",
}
FARMS = ("farm-1", "farm-2")
DECISIONS = ("ALLOW", "DENY", "REVOKE")
# Refusals that say something about the user, not about the task.
SEATS = "SAME_USER_LIMIT"


def read_lines(path):
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read(record, name):
    """A field of proto3-JSON, in either of its two spellings."""
    first, *rest = name.split("_")
    return record.get(name, record.get(first + "".join(word.capitalize() for word in rest)))


def short(value, prefix):
    return (value or "?").removeprefix(prefix)


class Answer:
    """One answer of the service, beside the truth about its account."""

    def __init__(self, check, line, truth):
        self.check = check
        self.account_id = read(check, "account_id")
        self.truth = truth[self.account_id]
        self.population = self.truth["population"]
        self.error = line.get("error")
        verdict = line.get("verdict") or {}
        self.decision = "error" if self.error else short(read(verdict, "decision"), "DECISION_")
        self.reasons = [
            (short(read(reason, "code"), "REASON_CODE_"), reason.get("statement", ""))
            for reason in verdict.get("reasons") or []
        ]

    @property
    def first_reason(self):
        return self.reasons[0] if self.reasons else ("no reason given", "")


def name_counts(names):
    """Such as "80 farm-1, 60 farm-2": the commonest first."""
    return ", ".join(f"{count} {name}" for name, count in Counter(names).most_common(6))


def percent(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "–"


def print_table(answers):
    print("Answers by population (the service was not told these)\n")
    print(f"  {'':44}{'ALLOW':>7}{'DENY':>7}{'REVOKE':>8}")
    counts = defaultdict(Counter)
    for answer in answers:
        counts[answer.population][answer.decision] += 1
    for population, words in POPULATIONS.items():
        row = counts[population]
        print(f"  {words:44}{row['ALLOW']:>7}{row['DENY']:>7}{row['REVOKE']:>8}")
    total = sum(counts.values(), Counter())
    print(f"  {'all':44}{total['ALLOW']:>7}{total['DENY']:>7}{total['REVOKE']:>8}\n")


def print_refused(answers, decision, title):
    groups = defaultdict(list)
    for answer in answers:
        if answer.decision == decision:
            groups[answer.first_reason[0]].append(answer)
    print(f"{title}\n")
    if not groups:
        print("  nobody\n")
    for code, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"  {code}: {len(group)} answers ({name_counts(answer.population for answer in group)})")
        example = group[0]
        print(f"    for example {example.account_id}:")
        for _, statement in example.reasons[:3]:
            print(f"      {statement}")
        print()


def print_spared(answers, events):
    """Those who share an address or a device with others and kept the discount all the same."""
    by_address, by_device = defaultdict(set), defaultdict(set)
    for event in events:
        account = read(event, "account_id")
        by_address[read(event, "ip_address")].add(account)
        by_device[read(event.get("device") or {}, "device_id")].add(account)
    most = {"address": Counter(), "device": Counter()}
    for kind, groups in (("address", by_address), ("device", by_device)):
        for shared in groups.values():
            for account in shared:
                most[kind][account] = max(most[kind][account], len(shared) - 1)
    print("Who was not refused, although they share an address or a device\n")
    for population in (
        "office",
        "campus",
        "carrier",
        "household",
        "internet-cafe",
        "recycled-number",
        "second-hand-laptop",
    ):
        asked = {answer.account_id for answer in answers if answer.population == population}
        refused = {
            answer.account_id
            for answer in answers
            if answer.population == population
            and (answer.decision == "REVOKE" or SEATS in [code for code, _ in answer.reasons])
        }
        address = max((most["address"][account] for account in asked), default=0)
        device = max((most["device"][account] for account in asked), default=0)
        print(
            f"  {POPULATIONS[population]:38} {len(asked) - len(refused):>4} of {len(asked):<4} accounts; each shares"
            f" an address with up to {address} others, a device with up to {device}"
        )
    print()


def print_users(clusters, truth):
    user_of = {row["account_id"]: row["user_id"] for row in clusters}
    accounts_of = defaultdict(set)
    for account, user in user_of.items():
        accounts_of[user].add(account)
    persons = {row["person"] for row in truth.values()}
    print(f"Users: {len(user_of)} accounts were resolved to {len(accounts_of)} users", end=" ")
    print(f"(in truth {len(persons)} people)\n")
    shown = sorted(
        (accounts for accounts in accounts_of.values() if len(accounts) > 1), key=len, reverse=True
    )
    for accounts in shown[:8]:
        known = [truth[account] for account in accounts if account in truth]
        people = len({row["person"] for row in known})
        print(
            f"  one user with {len(accounts)} accounts: {name_counts(row['population'] for row in known)}"
            f" (in truth {people} {'person' if people == 1 else 'people'})"
        )
    if len(shown) > 8:
        print(f"  and {len(shown) - 8} more with at least two accounts")
    print()


def find_faults(answers, replay, events, checks, lines, clusters):
    """What the demo promises and did not keep, in words."""
    faults = []
    taken = replay.get("accepted", 0) + replay.get("duplicate", 0)
    if replay.get("refused") or taken != len(events):
        faults.append(
            f"of {len(events)} events {taken} were taken and {replay.get('refused')} refused"
            " (they are of June 2026: a clock before that refuses them)"
        )
    if len(lines) != len(checks):
        faults.append(f"{len(checks)} questions got {len(lines)} answers")
    errors = [answer for answer in answers if answer.decision not in DECISIONS]
    if errors:
        faults.append(f"{len(errors)} questions were refused; the first: {errors[0].error}")
    for farm in FARMS:
        accounts = {answer.account_id for answer in answers if answer.population == farm}
        refused = {
            answer.account_id
            for answer in answers
            if answer.population == farm and answer.decision == "REVOKE"
        }
        share = percent(len(refused), len(accounts))
        print(f"  {farm}: {len(refused)} of {len(accounts)} accounts were refused ({share})")
        if not refused:
            faults.append(f"no account of {farm} was refused")
    blamed = sorted(
        {
            (answer.population, answer.account_id)
            for answer in answers
            if answer.decision == "REVOKE" and answer.truth["label"] == "legitimate"
        }
    )
    print(f"  honest accounts refused with blame: {len(blamed)}\n")
    if blamed:
        faults.append(
            f"{len(blamed)} honest accounts were refused with blame: "
            + ", ".join(f"{account} ({population})" for population, account in blamed[:5])
        )
    known = {row["account_id"] for row in clusters}
    missing = {read(event, "account_id") for event in events} - known
    if missing:
        faults.append(f"{len(missing)} accounts belong to no user")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir", type=Path)
    folder = parser.parse_args().dir

    events, checks = read_lines(folder / "events.jsonl"), read_lines(folder / "checks.jsonl")
    truth = {row["account_id"]: row for row in read_lines(folder / "truth.jsonl")}
    replay = json.loads((folder / "replay.json").read_text(encoding="utf-8"))
    lines, clusters = read_lines(folder / "answers.jsonl"), read_lines(folder / "clusters.jsonl")
    answers = [Answer(check, line, truth) for check, line in zip(checks, lines)]

    print_table(answers)
    print_refused(answers, "REVOKE", "Who was refused with blame (REVOKE), and why")
    print_refused(answers, "DENY", "What the event's rules do not cover (DENY, no blame)")
    print_spared(answers, events)
    print_users(clusters, truth)
    print("In short\n")
    faults = find_faults(answers, replay, events, checks, lines, clusters)
    for fault in faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
