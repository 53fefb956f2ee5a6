#!/usr/bin/env python3
"""A reference for who is the same user: Splink, used as its documentation recommends.

    same_users.py --data-set SET --out DIR [--threshold 0.95]

One record an account; blocking on device, phone number and address; u by random sampling, m by
expectation-maximisation, no labels; clusters at a match probability. Writes DIR/clusters.jsonl, which
`sameuser evaluate --data-set SET --answers DIR` judges. An address on more accounts than
--address-accounts counts nowhere: the pairs of a carrier's address alone would be millions.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import orjson
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import EMTrainingException

ARRAYS = ("devices", "phones", "addresses")


def log(words):
    print(words, file=sys.stderr, flush=True)


def read_records(path, address_accounts):
    """One record an account: its devices, numbers, addresses, name and usual machine."""
    seen = {array: defaultdict(Counter) for array in ARRAYS}
    names, machines, accounts = {}, defaultdict(Counter), {}
    with open(path, "rb") as file:
        for line in file:
            try:
                event = orjson.loads(line)
            except ValueError:
                continue
            account = event.get("accountId")
            if not account:
                continue
            accounts.setdefault(account)
            device = event.get("device") or {}
            for array, value in (
                ("devices", device.get("deviceId")),
                ("phones", event.get("phoneNumber")),
                ("addresses", event.get("ipAddress")),
            ):
                if value:
                    seen[array][account][value] += 1
            if event.get("displayName"):
                names[account] = event["displayName"]
            if device.get("model"):
                machines[account][f"{device.get('platform')} {device['model']}"] += 1
    on_address = Counter(address for those in seen["addresses"].values() for address in those)
    rows = []
    for account in accounts:
        # The usual one first: training blocks on it.
        row = {array: [value for value, _ in seen[array][account].most_common()] for array in ARRAYS}
        row["few_addresses"] = [one for one in row["addresses"] if on_address[one] <= address_accounts]
        usual = machines[account].most_common(1)
        row |= {
            "unique_id": account,
            "name": names.get(account),
            "machine": usual[0][0] if usual else None,
        }
        rows.append(row)
    frame = pd.DataFrame(rows)
    # What is missing is null to Splink, not an empty list.
    for array in (*ARRAYS, "few_addresses"):
        frame[array] = frame[array].map(lambda values: values or None)
    return frame


def block_on_any(array):
    return block_on(array, arrays_to_explode=[array])


def resolve(frame, threshold, pairs):
    database = DuckDBAPI()
    records = database.register(frame, dataset_display_name="accounts")
    rules = [block_on_any("devices"), block_on_any("phones"), block_on_any("few_addresses")]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ArrayIntersectAtSizes("devices", [2, 1]),
            cl.ArrayIntersectAtSizes("phones", [1]),
            cl.ArrayIntersectAtSizes("few_addresses", [3, 1]),
            cl.JaroWinklerAtThresholds("name", [0.95, 0.85]),
            cl.ExactMatch("machine").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=rules,
    )
    linker = Linker(records, settings)
    linker.training.estimate_probability_two_random_records_match([block_on_any("phones")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1)
    # Training can't block on any of a list; on the usual one it can.
    for rule in (block_on("devices[1]"), block_on("phones[1]"), block_on("few_addresses[1]")):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        except (EMTrainingException, ValueError) as error:
            # A small set may show an agreement so rarely that its estimate comes to 0, which Splink refuses.
            log(f"not trained on {rule}: {error}")
    predicted = linker.inference.predict(threshold_match_probability=threshold)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold)
    return clusters.as_pandas_dataframe()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-set", required=True, type=Path, metavar="SET")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--threshold", type=float, default=0.95, help="match probability of a link")
    parser.add_argument("--address-accounts", type=int, default=50, help="see above")
    parser.add_argument("--pairs", type=float, default=1e7, help="random pairs that u is estimated from")
    arguments = parser.parse_args()

    began = time.monotonic()
    frame = read_records(arguments.data_set / "events.jsonl", arguments.address_accounts)
    read = time.monotonic()
    log(f"{len(frame)} accounts read in {read - began:.0f} s")
    clusters = resolve(frame, arguments.threshold, arguments.pairs)
    resolved = time.monotonic()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "clusters.jsonl").open("w", encoding="utf-8") as file:
        for account, user in zip(clusters["unique_id"], clusters["cluster_id"]):
            file.write(json.dumps({"account_id": account, "user_id": user}) + "\n")
    print(
        json.dumps(
            {
                "accounts": len(frame),
                "users": int(clusters["cluster_id"].nunique()),
                "seconds_reading": round(read - began, 1),
                "seconds_resolving": round(resolved - read, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
