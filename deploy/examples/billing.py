#!/usr/bin/env python3
"""How a billing service calls sameuser: publish events, check a task, read the verdict back.

    billing.py [--server HOST:PORT] publish EVENTS.jsonl
    billing.py [--server HOST:PORT] check --account A --task T --started TIME --completed TIME --tokens N
    billing.py [--server HOST:PORT] check-file CHECKS.jsonl
    billing.py [--server HOST:PORT] verdict VERDICT_ID

Needs the packages of tests/clients/requirements.txt (`make tools` installs them into
target/tools/venv). The stubs are generated at start from the published protos. docs/billing.md says
why each status is handled as it is here.
"""

import argparse
import importlib
import itertools
import json
import random
import sys
import tempfile
import time
from pathlib import Path

import grpc
from google.protobuf import json_format
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_tools import protoc

CAMPAIGN = "kimi-work-desktop-2026-06"
DEFAULT_PROTO = Path(__file__).resolve().parents[2] / "proto"

# One try: long enough for a slow disk sync, short enough for somebody who waits.
DEADLINE_SECONDS = 0.25
# All tries of one task together; past it, billing's policy decides (docs/billing.md).
BUDGET_SECONDS = 3.0
FIRST_BACKOFF_SECONDS = 0.05
LONGEST_BACKOFF_SECONDS = 1.0
# A message of events, and how many tries without any progress end a publication.
EVENTS_PER_MESSAGE = 500
PUBLISH_TRIES = 8
# Tasks that are asked about in one call, where a backlog of them waits.
CHECKS_PER_CALL = 100
# A stream without an end could wait for ever; what it did not answer goes into the next one.
STREAM_SECONDS = 60

# Asking again with the same key is safe: what was recorded is answered again.
RETRYABLE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    # The outcome is unknown; only asking again tells it.
    grpc.StatusCode.DEADLINE_EXCEEDED,
}


class Unanswered(Exception):
    """No verdict within the budget."""


def load_stubs(proto_folder):
    """Generates the stubs of the published protos into a folder that goes with this process."""
    folder = tempfile.TemporaryDirectory(prefix="sameuser-stubs-")
    sources = sorted(
        str(path.relative_to(proto_folder)) for path in (proto_folder / "sameuser").rglob("*.proto")
    )
    well_known = Path(protoc.__file__).parent / "_proto"
    arguments = [
        "protoc",
        f"-I{proto_folder}",
        f"-I{well_known}",
        f"--python_out={folder.name}",
        f"--grpc_python_out={folder.name}",
    ]
    if protoc.main(arguments + sources) != 0:
        raise SystemExit(f"the protos in {proto_folder} do not compile")
    sys.path.insert(0, folder.name)
    names = ("event_pb2", "event_pb2_grpc", "verdict_pb2", "verdict_pb2_grpc")
    modules = {name: importlib.import_module(f"sameuser.v1.{name}") for name in names}
    return folder, modules


def error_details(error):
    """The google.rpc.Status that comes with a refused call, or None."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    return None


def find_detail(error, kind):
    """The first detail of a kind, such as RetryInfo or BadRequest, or None."""
    status = error_details(error)
    for packed in status.details if status else ():
        detail = kind()
        if packed.Unpack(detail):
            return detail
    return None


def pause_before_next(attempt, error):
    """Seconds until the next try: what the server asks for, else doubling with jitter.

    Jitter over the whole span, so that callers refused together do not return together.
    """
    longest = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2**attempt)
    pause = random.uniform(0, longest)
    retry = find_detail(error, error_details_pb2.RetryInfo)
    if retry:
        pause += retry.retry_delay.ToTimedelta().total_seconds()
    return pause


def ask(call, request, deadline=DEADLINE_SECONDS):
    """Calls until answered or out of budget. A refusal that asking again cannot change is raised."""
    end = time.monotonic() + BUDGET_SECONDS
    for attempt in itertools.count():
        try:
            return call(request, timeout=min(deadline, max(0.01, end - time.monotonic())))
        except grpc.RpcError as error:
            if error.code() not in RETRYABLE:
                raise
            pause = pause_before_next(attempt, error)
            if time.monotonic() + pause >= end:
                raise Unanswered(f"{error.code().name}: {error.details()}") from error
            print(f"{error.code().name}, asking again in {pause * 1000:.0f} ms", file=sys.stderr)
            time.sleep(pause)


def publish(channel, modules, path):
    """Publishes a file; after a broken stream goes on with the first event not yet answered."""
    event_pb2 = modules["event_pb2"]
    stub = modules["event_pb2_grpc"].EventServiceStub(channel)
    with open(path, encoding="utf-8") as file:
        events = [
            json_format.Parse(line, event_pb2.Event(), ignore_unknown_fields=True)
            for line in file
            if line.strip()
        ]
    answered = duplicates = refused = failures = 0
    while answered < len(events):
        starts = range(answered, len(events), EVENTS_PER_MESSAGE)
        requests = (
            event_pb2.PublishEventsRequest(events=events[start : start + EVENTS_PER_MESSAGE])
            for start in starts
        )
        try:
            for response in stub.PublishEvents(requests, timeout=STREAM_SECONDS):
                failures = 0
                for result in response.results:
                    answered += 1
                    duplicates += result.duplicate
                    if result.HasField("error"):
                        refused += 1
                        print(f"event {result.event_id} refused: {result.error.message}", file=sys.stderr)
            if answered < len(events):
                raise SystemExit(f"the stream ended after {answered} of {len(events)} events")
        except grpc.RpcError as error:
            failures += 1
            if error.code() not in RETRYABLE or failures >= PUBLISH_TRIES:
                raise
            # Events that were taken but not answered come back as duplicates: nothing is counted twice.
            time.sleep(pause_before_next(failures, error))
    print(f"{answered - refused - duplicates} accepted, {duplicates} duplicate, {refused} refused")
    return 1 if refused else 0


def name_of(enumeration, value, prefix):
    """The name of a value; its number if it is newer than these protos."""
    known = enumeration.DESCRIPTOR.values_by_number.get(value)
    return known.name.removeprefix(prefix) if known else str(value)


def show(verdict, verdict_pb2, tokens=None):
    decision = name_of(verdict_pb2.Decision, verdict.decision, "DECISION_")
    final = "final" if verdict.final else "not final: ask again before the invoice"
    print(f"{decision}: charge {verdict.rate_basis_points} basis points ({final})", end="")
    print(f", verdict {verdict.verdict_id or '-'}")
    for reason in verdict.reasons:
        print(f"  {name_of(verdict_pb2.ReasonCode, reason.code, 'REASON_CODE_')}: {reason.statement}")
    if tokens is not None:
        # Integers to the end: the charge is exact in ten-thousandths of a token.
        print(f"  charge {tokens * verdict.rate_basis_points} of {tokens * 10_000} token basis points")


def check(channel, modules, arguments):
    """Asks about one task, and reads the recorded verdict back."""
    verdict_pb2 = modules["verdict_pb2"]
    stub = modules["verdict_pb2_grpc"].VerdictServiceStub(channel)
    request = verdict_pb2.CheckDiscountRequest(
        campaign_id=arguments.campaign,
        account_id=arguments.account,
        surface=arguments.surface,
        other_offers=arguments.other_offer,
        validate_only=arguments.validate_only,
    )
    request.task.task_id = arguments.task
    request.task.tokens = arguments.tokens
    request.task.started_at.FromJsonString(arguments.started)
    if arguments.completed:
        request.task.completed_at.FromJsonString(arguments.completed)
    try:
        verdict = ask(stub.CheckDiscount, request).verdict
    except Unanswered as unanswered:
        # The policy of this example: charge in full, queue the task, ask with the same key later.
        # An ALLOW that comes then is a credit on the next invoice.
        print(f"no answer ({unanswered}): charge 10000 basis points now, ask again later with the same key")
        return 1
    show(verdict, verdict_pb2, arguments.tokens)
    if verdict.verdict_id:
        recorded = ask(stub.GetVerdict, verdict_pb2.GetVerdictRequest(verdict_id=verdict.verdict_id)).verdict
        print(f"  read back: {'the same' if recorded == verdict else 'DIFFERENT'}")
        return 0 if recorded == verdict else 1
    return 0


def check_file(channel, modules, path):
    """Asks about every task of a file; one CheckDiscountResponse a line, in the file's order."""
    verdict_pb2 = modules["verdict_pb2"]
    stub = modules["verdict_pb2_grpc"].VerdictServiceStub(channel)
    with open(path, encoding="utf-8") as file:
        checks = [
            json_format.Parse(line, verdict_pb2.CheckDiscountRequest(), ignore_unknown_fields=True)
            for line in file
            if line.strip()
        ]
    refused = 0
    for start in range(0, len(checks), CHECKS_PER_CALL):
        batch = verdict_pb2.BatchCheckDiscountsRequest(requests=checks[start : start + CHECKS_PER_CALL])
        # Nobody waits for a backlog, so one try has the whole budget.
        for result in ask(stub.BatchCheckDiscounts, batch, BUDGET_SECONDS).results:
            if result.HasField("error"):
                refused += 1
                name = code_pb2.Code.Name(result.error.code)
                print(json.dumps({"error": {"code": name, "message": result.error.message}}))
            else:
                response = verdict_pb2.CheckDiscountResponse(verdict=result.verdict)
                print(json_format.MessageToJson(response, indent=None, ensure_ascii=False))
    return 1 if refused else 0


def read_verdict(channel, modules, verdict_id):
    verdict_pb2 = modules["verdict_pb2"]
    stub = modules["verdict_pb2_grpc"].VerdictServiceStub(channel)
    show(ask(stub.GetVerdict, verdict_pb2.GetVerdictRequest(verdict_id=verdict_id)).verdict, verdict_pb2)
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="127.0.0.1:50051", help="HOST:PORT (default %(default)s)")
    parser.add_argument("--proto", type=Path, default=DEFAULT_PROTO, help="folder of the published protos")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("publish", help="publish a file of events, one JSON object a line")
    command.add_argument("file", help="such as events.jsonl")
    command = commands.add_parser("check", help="ask whether a task has the discount")
    command.add_argument("--account", required=True)
    command.add_argument(
        "--task", required=True, help="its id; with account and campaign the key of the verdict"
    )
    command.add_argument("--started", required=True, help="RFC 3339, such as 2026-06-20T02:00:00Z")
    command.add_argument("--completed", help="RFC 3339; absent while the task runs")
    command.add_argument("--tokens", type=int, default=0)
    command.add_argument("--surface", default="work-desktop")
    command.add_argument("--campaign", default=CAMPAIGN)
    command.add_argument(
        "--other-offer", action="append", default=[], help="an offer already applied to this task"
    )
    command.add_argument("--validate-only", action="store_true", help="record nothing")
    command = commands.add_parser("check-file", help="ask about the tasks of a file, one a line")
    command.add_argument("file", help="such as checks.jsonl")
    command = commands.add_parser("verdict", help="read a recorded verdict")
    command.add_argument("verdict_id")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    folder, modules = load_stubs(arguments.proto)
    with folder, grpc.insecure_channel(arguments.server) as channel:
        try:
            # The first connection is not part of a call's deadline: a billing service keeps it open.
            grpc.channel_ready_future(channel).result(timeout=5)
            if arguments.command == "publish":
                return publish(channel, modules, arguments.file)
            if arguments.command == "check":
                return check(channel, modules, arguments)
            if arguments.command == "check-file":
                return check_file(channel, modules, arguments.file)
            return read_verdict(channel, modules, arguments.verdict_id)
        except grpc.FutureTimeoutError:
            print(f"nothing answers at {arguments.server}", file=sys.stderr)
        except Unanswered as unanswered:
            print(f"no answer: {unanswered}", file=sys.stderr)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            bad = find_detail(error, error_details_pb2.BadRequest)
            for violation in bad.field_violations if bad else ():
                print(f"  {violation.field}: {violation.description}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
