#!/usr/bin/env python3
"""A reference for the abuse score: usual models on the service's own features, but without the graph.

    sameuser train abuse --data-set SET --revision any --out model.json --examples SET.csv   # of each set
    without_graph.py --train A.csv B.csv… --test T.csv --out DIR [--model lightgbm|isolation-forest] [--all]

Leaves out every feature that counts or looks at other accounts; with --all, keeps them. Trains on other sets
than it is tested on; the last training set says when to stop. Writes DIR/scores.jsonl for `sameuser evaluate
--data-set SET --answers DIR`, and prints area under ROC and recall where few honest accounts are flagged. An
account is tested as it looks at the end: its first row. Who is in no table (nothing known, ban evaders) has no score.
"""

import argparse
import json
from pathlib import Path

import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from abuse_scores import MODELS, RATES, log, recall_at

NOT_FEATURES = ["set", "account_id", "abusive", "weight"]
OF_OTHERS = {
    "registration_device_cohort",
    "registration_number_cohort",
    "registration_name_cohort",
    "registration_network_cohort",
    "registration_model_share",
    "registration_name_day",
    "registration_number_day",
    "number_neighbours",
    "device_accounts",
    "hardware_accounts",
    "device_registered_elsewhere",
    "hardware_registered_elsewhere",
    "interleaved_tasks",
    "emulated_device_accounts",
    "brought_to_machine",
    "neighbours_desktop_only",
    "neighbours_size_spread",
    "neighbours_without_input",
    "farm_signs",
    "own_identifiers",
    "number_block_week",
    "number_block_accounts",
    "lone_addresses",
    "server_accounts",
    "companions",
    "circle_accounts",
    "circle_desktop_only",
    "circle_registered_near",
    "circle_number_block",
    "circle_size_spread",
    "circle_length_spread",
    "circle_in_step",
}


def table(path, keep_all):
    rows = pd.read_csv(path)
    left_out = NOT_FEATURES if keep_all else [*NOT_FEATURES, *OF_OTHERS]
    return rows, rows.drop(columns=[name for name in left_out if name in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", nargs="+", required=True, metavar="CSV")
    parser.add_argument("--test", required=True, metavar="CSV")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--model", choices=MODELS, default="lightgbm")
    parser.add_argument("--all", action="store_true", help="keep what looks at other accounts")
    arguments = parser.parse_args()
    if arguments.model == "lightgbm" and len(arguments.train) < 2:
        parser.error("lightgbm needs two training tables: one to learn from, one to say when to stop")
    if arguments.test in arguments.train:
        parser.error("the tested table must not be trained on")

    tables = [table(path, arguments.all) for path in arguments.train]
    train = [(features, rows["abusive"], rows["weight"]) for rows, features in tables]
    rows, features = table(arguments.test, arguments.all)
    log(f"{features.shape[1]} features: {', '.join(features.columns)}")
    at_end = ~rows["account_id"].duplicated()
    rows, features = rows[at_end], features[at_end]
    fit = MODELS[arguments.model]
    scores = fit(train, features)

    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "scores.jsonl").open("w", encoding="utf-8") as file:
        for account, score in zip(rows["account_id"], scores):
            line = {"account_id": account, "abuse_probability": round(float(score), 6), "scored": True}
            file.write(json.dumps(line) + "\n")
    positive = rows["abusive"].to_numpy() == 1
    print(
        json.dumps(
            {
                "model": arguments.model,
                "features": features.shape[1],
                "accounts": len(rows),
                "roc_area": round(roc_auc_score(positive, scores), 4),
                "average_precision": round(average_precision_score(positive, scores), 4),
                "recall_at": {str(rate): round(recall_at(scores, positive, rate), 4) for rate in RATES},
            }
        )
    )


if __name__ == "__main__":
    main()
