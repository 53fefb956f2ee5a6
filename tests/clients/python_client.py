#!/usr/bin/env python3
"""A client in another language: once from the published protos, once from reflection alone.

    python_client.py HOST:PORT PROTO_DIR

Prints one line a step; exits 0 only if every step held. Can be run again on the same server: its
ids are new each time.
"""

import importlib
import sys
import tempfile
import uuid
from pathlib import Path

import grpc
from google.protobuf import descriptor_pool, message_factory, timestamp_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

CAMPAIGN = "kimi-work-desktop-2026-06"
DEADLINE_SECONDS = 10
RUN = uuid.uuid4().hex[:12]
ACCOUNT = f"python-{RUN}"


def step(words, holds, seen=""):
    """Says whether a step held; the first that did not ends the run."""
    if not holds:
        print(f"FAILED {words}: {seen}")
        sys.exit(1)
    print(f"ok {words}")


def instant(text):
    made = timestamp_pb2.Timestamp()
    made.FromJsonString(text)
    return made


def generate(proto_dir, folder):
    """Stubs generated as any consumer would, from the published folder alone."""
    sources = sorted(str(path.relative_to(proto_dir)) for path in (proto_dir / "sameuser").rglob("*.proto"))
    well_known = Path(protoc.__file__).parent / "_proto"
    arguments = [
        "protoc",
        f"-I{proto_dir}",
        f"-I{well_known}",
        f"--python_out={folder}",
        f"--grpc_python_out={folder}",
    ]
    step(
        f"stubs generated from {len(sources)} protos",
        sources and protoc.main(arguments + sources) == 0,
        sources,
    )
    sys.path.insert(0, folder)
    names = ("event_pb2", "event_pb2_grpc", "verdict_pb2", "verdict_pb2_grpc")
    return [importlib.import_module(f"sameuser.v1.{name}") for name in names]


def refusal(call, request):
    """The status code of a refused call and the google.rpc.Status in its details."""
    try:
        answer = call(request, timeout=DEADLINE_SECONDS)
    except grpc.RpcError as error:
        packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        return error.code(), status_pb2.Status.FromString(packed)
    step("a refusal", False, f"was answered: {answer}")


def violated_fields(status):
    fields = []
    for packed in status.details:
        bad = error_details_pb2.BadRequest()
        if packed.Unpack(bad):
            fields += [violation.field for violation in bad.field_violations]
    return fields


def five_events(event_pb2):
    """A registration, a log-in, a task, and one event that must be refused."""

    def event(number, event_type, at, **more):
        return event_pb2.Event(
            event_id=f"{RUN}-{number}",
            event_type=event_type,
            occurred_at=instant(at),
            account_id=ACCOUNT,
            account_type=event_pb2.ACCOUNT_TYPE_INDIVIDUAL,
            ip_address="198.18.7.7",
            surface="work-desktop",
            device=event_pb2.Device(device_id=f"device-{RUN}", platform="windows", hardware_fingerprint=RUN),
            **more,
        )

    task = event_pb2.Task(task_id=f"task-{RUN}", started_at=instant("2026-06-20T02:00:00Z"), input_events=140)
    done = event_pb2.Task()
    done.CopyFrom(task)
    done.completed_at.CopyFrom(instant("2026-06-20T02:09:30Z"))
    done.tokens = 12_345
    number = f"+86139{int(RUN, 16) % 10**8:08d}"
    return done, [
        event(1, event_pb2.EVENT_TYPE_REGISTRATION, "2026-06-17T01:00:00Z", phone_number=number),
        event(2, event_pb2.EVENT_TYPE_LOGIN, "2026-06-20T01:55:00Z", phone_number=number),
        event(3, event_pb2.EVENT_TYPE_TASK_STARTED, "2026-06-20T02:00:00Z", task=task),
        event(4, event_pb2.EVENT_TYPE_TASK_COMPLETED, "2026-06-20T02:09:30Z", task=done),
        event(5, event_pb2.EVENT_TYPE_LOGIN, "2026-06-20T03:00:00Z", phone_number="not a number"),
    ]


def publish(stub, event_pb2, events):
    requests = iter(
        [event_pb2.PublishEventsRequest(events=events[:2]), event_pb2.PublishEventsRequest(events=events[2:])]
    )
    return [
        result
        for answer in stub.PublishEvents(requests, timeout=DEADLINE_SECONDS)
        for result in answer.results
    ]


def with_stubs(channel, proto_dir, folder):
    """Publishes, asks, reads back, and is refused, all through generated code."""
    event_pb2, event_pb2_grpc, verdict_pb2, verdict_pb2_grpc = generate(proto_dir, folder)
    event_stub = event_pb2_grpc.EventServiceStub(channel)
    verdict_stub = verdict_pb2_grpc.VerdictServiceStub(channel)

    task, events = five_events(event_pb2)
    results = publish(event_stub, event_pb2, events)
    step(
        "five events answered in order",
        [result.event_id for result in results] == [event.event_id for event in events],
        results,
    )
    step(
        "four of them accepted",
        not any(result.HasField("error") or result.duplicate for result in results[:4]),
        results,
    )
    step(
        "the fifth refused, naming its phone number",
        results[4].error.code == code_pb2.INVALID_ARGUMENT
        and any("phone_number" in name for name in violated_fields(results[4].error)),
        results[4],
    )
    again = publish(event_stub, event_pb2, events[:4])
    step(
        "the same events again are duplicates",
        len(again) == 4 and all(result.duplicate for result in again),
        again,
    )

    request = verdict_pb2.CheckDiscountRequest(
        campaign_id=CAMPAIGN, account_id=ACCOUNT, task=task, surface="work-desktop"
    )
    request.task.ClearField("input_events")
    verdict = verdict_stub.CheckDiscount(request, timeout=DEADLINE_SECONDS).verdict
    step(
        "an ordinary task is allowed at half the rate",
        verdict.decision == verdict_pb2.DECISION_ALLOW
        and verdict.rate_basis_points == 5000
        and verdict.final
        and verdict.reasons,
        verdict,
    )
    step(
        "its verdict names account, task and campaign",
        (verdict.account_id, verdict.task_id, verdict.campaign_id) == (ACCOUNT, task.task_id, CAMPAIGN),
        verdict,
    )
    read = verdict_stub.GetVerdict(
        verdict_pb2.GetVerdictRequest(verdict_id=verdict.verdict_id), timeout=DEADLINE_SECONDS
    ).verdict
    step("the verdict read back is the same", read == verdict, read)
    repeated = verdict_stub.CheckDiscount(request, timeout=DEADLINE_SECONDS).verdict
    step("asking again answers what was recorded", repeated == verdict, repeated)

    def changed(**more):
        copy = verdict_pb2.CheckDiscountRequest()
        copy.CopyFrom(request)
        for name, value in more.items():
            if name == "task_id":
                copy.task.task_id = value
            else:
                setattr(copy, name, value)
        return copy

    batch = verdict_pb2.BatchCheckDiscountsRequest(
        requests=[
            request,
            changed(task_id=f"app-{RUN}", surface="app"),
            changed(task_id=f"lost-{RUN}", campaign_id="no-such-campaign"),
        ]
    )
    answers = verdict_stub.BatchCheckDiscounts(batch, timeout=DEADLINE_SECONDS).results
    step("a batch of three is answered with three", len(answers) == 3, answers)
    step("its first is the recorded verdict", answers[0].verdict == verdict, answers[0])
    step(
        "its second is denied: the app is not covered",
        answers[1].verdict.decision == verdict_pb2.DECISION_DENY
        and answers[1].verdict.reasons[0].code == verdict_pb2.REASON_CODE_SURFACE_NOT_COVERED,
        answers[1],
    )
    step(
        "its third is refused alone",
        answers[2].WhichOneof("result") == "error" and answers[2].error.code == code_pb2.NOT_FOUND,
        answers[2],
    )

    code, status = refusal(verdict_stub.CheckDiscount, changed(task_id=""))
    step("a task without an id is INVALID_ARGUMENT", code == grpc.StatusCode.INVALID_ARGUMENT, code)
    step("and its details name the field", any("task_id" in name for name in violated_fields(status)), status)
    code, _ = refusal(verdict_stub.CheckDiscount, changed(campaign_id="no-such-campaign"))
    step("an unknown campaign is NOT_FOUND", code == grpc.StatusCode.NOT_FOUND, code)
    code, status = refusal(verdict_stub.CheckDiscount, changed(surface="chat-desktop"))
    step(
        "a final verdict's key with another surface is FAILED_PRECONDITION",
        code == grpc.StatusCode.FAILED_PRECONDITION,
        (code, status),
    )
    code, _ = refusal(verdict_stub.GetVerdict, verdict_pb2.GetVerdictRequest(verdict_id="no-such-verdict"))
    step(
        "an unknown verdict is refused",
        code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT),
        code,
    )
    return verdict


class ReflectionV1(grpc.StreamStreamClientInterceptor):
    """Asks for server reflection v1.

    The package still calls v1alpha; the messages of the two are the same on the wire, and only the
    method's name differs.
    """

    def intercept_stream_stream(self, continuation, client_call_details, request_iterator):
        method = client_call_details.method.replace("/grpc.reflection.v1alpha.", "/grpc.reflection.v1.")
        return continuation(client_call_details._replace(method=method), request_iterator)


def with_reflection(channel, recorded):
    """The same question from what the server tells of itself, without any proto file."""
    database = ProtoReflectionDescriptorDatabase(grpc.intercept_channel(channel, ReflectionV1()))
    services = set(database.get_services())
    expected = {
        "sameuser.v1.EventService",
        "sameuser.v1.VerdictService",
        "sameuser.v1.CampaignService",
        "grpc.health.v1.Health",
    }
    step("reflection lists the services", expected <= services, services)
    pool = descriptor_pool.DescriptorPool(database)
    method = pool.FindServiceByName("sameuser.v1.VerdictService").FindMethodByName("CheckDiscount")
    request_class = message_factory.GetMessageClass(method.input_type)
    response_class = message_factory.GetMessageClass(method.output_type)
    call = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=request_class.SerializeToString,
        response_deserializer=response_class.FromString,
    )
    request = request_class(campaign_id=CAMPAIGN, account_id=recorded.account_id, surface="work-desktop")
    request.task.task_id = recorded.task_id
    request.task.started_at.seconds = instant("2026-06-20T02:00:00Z").seconds
    request.task.completed_at.seconds = instant("2026-06-20T02:09:30Z").seconds
    request.task.tokens = 12_345
    verdict = call(request, timeout=DEADLINE_SECONDS).verdict
    step(
        "the recorded verdict comes back through reflection",
        verdict.SerializeToString(deterministic=True) == recorded.SerializeToString(deterministic=True),
        verdict,
    )


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    answer = stub.Check(health_pb2.HealthCheckRequest(service=""), timeout=DEADLINE_SECONDS)
    step("health says serving", answer.status == health_pb2.HealthCheckResponse.SERVING, answer)


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    address, proto_dir = sys.argv[1].removeprefix("http://"), Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="sameuser-stubs-") as folder, grpc.insecure_channel(
        address
    ) as channel:
        grpc.channel_ready_future(channel).result(timeout=DEADLINE_SECONDS)
        health(channel)
        recorded = with_stubs(channel, proto_dir, folder)
        with_reflection(channel, recorded)
    print("every step held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
