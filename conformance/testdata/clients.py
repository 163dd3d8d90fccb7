"""Drives the engine with boto3 and the AWS CLI as they are.

The endpoint and dummy credentials come from the environment, as for any program
that uses them.
"""

import json
import subprocess
import sys
import tempfile
import time
import uuid

import boto3
from botocore.exceptions import ClientError

lambda_ = boto3.client("lambda")


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what))


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        check(e.response["Error"]["Code"] == code, "refused as", e, "not", code)
    else:
        raise AssertionError(f"not refused: {code}")


def aws(*args):
    """Runs the AWS CLI and gives its output, decoded."""
    run = subprocess.run([sys.executable, "-m", "awscli", "lambda", *args, "--output", "json"],
                         capture_output=True, text=True)
    check(run.returncode == 0, "aws", args, run.stderr)
    return json.loads(run.stdout) if run.stdout.strip() else None


def name():
    return "clients-" + uuid.uuid4().hex[:12]


def until(what, look, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no {what} in {seconds} s")


def events(arn, **args):
    pages = lambda_.get_paginator("get_durable_execution_history").paginate(
        DurableExecutionArn=arn, IncludeExecutionData=True, **args)
    return [e for page in pages for e in page["Events"]]


def open_callback(arn):
    def look():
        for e in events(arn):
            if e["EventType"] == "CallbackStarted":
                return e["CallbackStartedDetails"]["CallbackId"]
    return until("callback", look)


def ended(arn):
    def look():
        e = lambda_.get_durable_execution(DurableExecutionArn=arn)
        return e if e["Status"] != "RUNNING" else None
    return until("end", look)


def test_boto3_invoke_get_history():
    execution = name()
    answer = lambda_.invoke(FunctionName="conformance-1-1", Qualifier="$LATEST",
                            DurableExecutionName=execution, Payload=b'"boto"')
    check(answer["StatusCode"] == 200 and "FunctionError" not in answer, answer)
    check(answer["ExecutedVersion"] == "$LATEST", answer)
    arn = answer["DurableExecutionArn"]
    check(json.loads(answer["Payload"].read()) == "Hello, boto!")

    got = lambda_.get_durable_execution(DurableExecutionArn=arn)
    check(got["Status"] == "SUCCEEDED" and got["DurableExecutionName"] == execution, got)
    check(json.loads(got["Result"]) == "Hello, boto!" and json.loads(got["InputPayload"]) == "boto", got)
    check(got["EndTimestamp"] >= got["StartTimestamp"], got)

    one_by_one = events(arn, PaginationConfig={"PageSize": 1})
    check([e["EventType"] for e in one_by_one] == [
        "ExecutionStarted", "StepStarted", "StepSucceeded", "InvocationCompleted", "ExecutionSucceeded"], one_by_one)
    check([e["EventId"] for e in one_by_one] == [1, 2, 3, 4, 5])
    check(one_by_one == events(arn), "pages of one and of many differ")
    backwards = events(arn, ReverseOrder=True, PaginationConfig={"PageSize": 2})
    check(backwards == one_by_one[::-1], "reversed order")

    again = lambda_.invoke(FunctionName="conformance-1-1", Qualifier="$LATEST",
                           DurableExecutionName=execution, Payload=b'"boto"')
    check(again["DurableExecutionArn"] == arn, "a start with the same name and input is the same execution")
    refused("DurableExecutionAlreadyStartedException", lambda_.invoke, FunctionName="conformance-1-1",
            Qualifier="$LATEST", DurableExecutionName=execution, Payload=b'"other"')


def test_boto3_failure():
    answer = lambda_.invoke(FunctionName="conformance-target-fail:$LATEST", Payload=b"{}")
    check(answer["FunctionError"] == "Unhandled", answer)
    check("target failed" in answer["Payload"].read().decode())
    got = lambda_.get_durable_execution(DurableExecutionArn=answer["DurableExecutionArn"])
    check(got["Status"] == "FAILED" and got["Error"]["ErrorType"] == "TargetError", got)


def test_boto3_list():
    names = [name() for _ in range(3)]
    for n in names:
        lambda_.invoke(FunctionName="conformance-1-5", Qualifier="$LATEST", DurableExecutionName=n)
    pages = lambda_.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName="conformance-1-5", Statuses=["SUCCEEDED"], PaginationConfig={"PageSize": 2})
    listed = [e["DurableExecutionName"] for page in pages for e in page["DurableExecutions"]]
    check([n for n in listed if n in names] == names[::-1], listed)
    one = lambda_.list_durable_executions_by_function(FunctionName="conformance-1-5", DurableExecutionName=names[0])
    check(len(one["DurableExecutions"]) == 1, one)
    none = lambda_.list_durable_executions_by_function(FunctionName="conformance-1-5", Statuses=["FAILED"])
    check(none["DurableExecutions"] == [], none)


def test_boto3_callbacks():
    def start(function):
        answer = lambda_.invoke(FunctionName=function, Qualifier="$LATEST", InvocationType="Event",
                                DurableExecutionName=name(), Payload=b'"ask"')
        check(answer["StatusCode"] == 202, answer)
        return answer["DurableExecutionArn"]

    arn = start("conformance-7-13")
    callback = open_callback(arn)
    lambda_.send_durable_execution_callback_heartbeat(CallbackId=callback)
    lambda_.send_durable_execution_callback_success(CallbackId=callback, Result=b'{"n":  1}')
    check(json.loads(ended(arn)["Result"]) == {"n": 1})
    payloads = [e["CallbackSucceededDetails"]["Result"]["Payload"] for e in events(arn)
                if e["EventType"] == "CallbackSucceeded"]
    check(payloads == ['{"n":  1}'], payloads)
    refused("CallbackTimeoutException", lambda_.send_durable_execution_callback_success, CallbackId=callback)
    refused("InvalidParameterValueException", lambda_.send_durable_execution_callback_heartbeat, CallbackId="AAAA")

    arn = start("conformance-4-6")
    lambda_.send_durable_execution_callback_failure(
        CallbackId=open_callback(arn), Error={"ErrorType": "Refused", "ErrorMessage": "no, thanks", "ErrorData": "7"})
    got = ended(arn)
    check(got["Status"] == "FAILED" and got["Error"]["ErrorMessage"].endswith("no, thanks"), got)


def test_boto3_stop():
    arn = lambda_.invoke(FunctionName="conformance-2-5", Qualifier="$LATEST",
                         InvocationType="Event")["DurableExecutionArn"]
    until("wait", lambda: any(e["EventType"] == "WaitStarted" for e in events(arn)))
    stopped = lambda_.stop_durable_execution(DurableExecutionArn=arn, Error={"ErrorType": "Enough", "ErrorMessage": "stop it"})
    again = lambda_.stop_durable_execution(DurableExecutionArn=arn)
    check(stopped["StopTimestamp"] == again["StopTimestamp"], stopped, again)
    got = ended(arn)
    check(got["Status"] == "STOPPED" and got["Error"]["ErrorType"] == "Enough", got)
    check(events(arn)[-1]["EventType"] == "ExecutionStopped")


def test_boto3_refusals():
    refused("ResourceNotFoundException", lambda_.invoke, FunctionName="nobody", Qualifier="$LATEST")
    refused("InvalidParameterValueException", lambda_.invoke, FunctionName="conformance-1-1")
    arn = lambda_.invoke(FunctionName="conformance-1-5", Qualifier="$LATEST")["DurableExecutionArn"]
    unknown = arn[:-12] + "000000000000"
    for call in (lambda_.get_durable_execution, lambda_.get_durable_execution_history, lambda_.stop_durable_execution):
        refused("ResourceNotFoundException", call, DurableExecutionArn=unknown)


def test_cli():
    execution = name()
    with tempfile.NamedTemporaryFile() as out:
        answer = aws("invoke", "--function-name", "conformance-9-2", "--qualifier", "$LATEST",
                     "--durable-execution-name", execution, "--payload", "[1,2,3]", out.name)
        check(json.load(open(out.name)) == [2, 4, 6])
    arn = answer["DurableExecutionArn"]
    got = aws("get-durable-execution", "--durable-execution-arn", arn)
    check(got["Status"] == "SUCCEEDED" and got["DurableExecutionName"] == execution, got)
    history = aws("get-durable-execution-history", "--durable-execution-arn", arn, "--include-execution-data", "--page-size", "2")
    check([e["EventId"] for e in history["Events"]] == list(range(1, 12)), history)
    first = aws("get-durable-execution-history", "--durable-execution-arn", arn, "--max-items", "3")
    check(len(first["Events"]) == 3 and first["NextToken"], first)
    rest = aws("get-durable-execution-history", "--durable-execution-arn", arn, "--starting-token", first["NextToken"])
    check([e["EventId"] for e in first["Events"] + rest["Events"]] == list(range(1, 12)), rest)
    listed = aws("list-durable-executions-by-function", "--function-name", "conformance-9-2", "--statuses", "SUCCEEDED")
    check(arn in [e["DurableExecutionArn"] for e in listed["DurableExecutions"]], listed)


def test_versions_and_aliases():
    function = "conformance-1-5"
    latest = lambda_.get_function_configuration(FunctionName=function)
    v1 = lambda_.publish_version(FunctionName=function, Description="first", RevisionId=latest["RevisionId"])
    check(v1["Version"] == "1" and v1["Description"] == "first" and v1["FunctionArn"].endswith(function + ":1"), v1)
    check(v1["ResponseMetadata"]["HTTPStatusCode"] == 201, v1)
    check(v1["DurableConfig"] == latest["DurableConfig"], v1)
    check(lambda_.publish_version(FunctionName=function)["Version"] == "1")  # nothing has changed
    refused("PreconditionFailedException", lambda_.publish_version, FunctionName=function, RevisionId=v1["RevisionId"])
    refused("InvalidParameterValueException", lambda_.publish_version, FunctionName=function, CodeSha256="x")
    refused("ResourceNotFoundException", lambda_.publish_version, FunctionName="nobody")
    versions = [v["Version"] for page in lambda_.get_paginator("list_versions_by_function").paginate(
        FunctionName=function, PaginationConfig={"PageSize": 1}) for v in page["Versions"]]
    check(versions == ["$LATEST", "1"], versions)

    refused("ResourceNotFoundException", lambda_.create_alias, FunctionName=function, Name="live", FunctionVersion="2")
    refused("ValidationException", lambda_.create_alias, FunctionName=function, Name="12", FunctionVersion="1")
    live = lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="1", Description="d")
    check(live["AliasArn"].endswith(function + ":live") and live["ResponseMetadata"]["HTTPStatusCode"] == 201, live)
    refused("ResourceConflictException", lambda_.create_alias, FunctionName=function, Name="live", FunctionVersion="1")
    got = lambda_.get_alias(FunctionName=function, Name="live")
    check({k: got[k] for k in live if k != "ResponseMetadata"} == {k: live[k] for k in live if k != "ResponseMetadata"}, got)
    run = lambda_.invoke(FunctionName=function, Qualifier="live")
    check(run["ExecutedVersion"] == "1" and ":1/durable-execution/" in run["DurableExecutionArn"], run)
    listed = lambda_.list_durable_executions_by_function(FunctionName=function, Qualifier="live")["DurableExecutions"]
    check([e["DurableExecutionArn"] for e in listed] == [run["DurableExecutionArn"]], listed)
    check(lambda_.get_function(FunctionName=function, Qualifier="live")["Configuration"]["Version"] == "1")

    refused("PreconditionFailedException", lambda_.update_alias, FunctionName=function, Name="live", RevisionId="x")
    refused("ResourceNotFoundException", lambda_.update_alias, FunctionName=function, Name="none", FunctionVersion="1")
    refused("InvalidParameterValueException", lambda_.update_alias, FunctionName=function, Name="live",
            FunctionVersion="$LATEST", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    moved = lambda_.update_alias(FunctionName=function, Name="live", FunctionVersion="$LATEST", RevisionId=live["RevisionId"])
    check(moved["FunctionVersion"] == "$LATEST" and moved["Description"] == "d" and moved["RevisionId"] != live["RevisionId"], moved)
    check([a["Name"] for a in lambda_.list_aliases(FunctionName=function)["Aliases"]] == ["live"])
    check(lambda_.list_aliases(FunctionName=function, FunctionVersion="1")["Aliases"] == [])
    aws("update-alias", "--function-name", function, "--name", "live", "--function-version", "1")
    refused("ResourceConflictException", lambda_.delete_function, FunctionName=function, Qualifier="1")
    refused("InvalidParameterValueException", lambda_.delete_function, FunctionName=function, Qualifier="$LATEST")
    refused("ResourceConflictException", lambda_.delete_function, FunctionName=function)
    check(lambda_.delete_alias(FunctionName=function, Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204)
    refused("ResourceNotFoundException", lambda_.get_alias, FunctionName=function, Name="live")
    refused("ResourceNotFoundException", lambda_.invoke, FunctionName=function, Qualifier="live")
    check(lambda_.delete_function(FunctionName=function, Qualifier="1")["ResponseMetadata"]["HTTPStatusCode"] == 204)
    refused("ResourceNotFoundException", lambda_.delete_function, FunctionName=function, Qualifier="1")
    check(lambda_.publish_version(FunctionName=function)["Version"] == "2")  # numbers are given once


def test_cli_callbacks_and_stop():
    def start(function):
        with tempfile.NamedTemporaryFile() as out:
            return aws("invoke", "--function-name", function + ":$LATEST", "--invocation-type", "Event",
                       "--payload", '"ask"', out.name)["DurableExecutionArn"]

    arn = start("conformance-7-1")
    callback = open_callback(arn)
    aws("send-durable-execution-callback-heartbeat", "--callback-id", callback)
    aws("send-durable-execution-callback-success", "--callback-id", callback, "--result", '{"by": "cli"}')
    check(json.loads(ended(arn)["Result"]) == {"by": "cli"})

    arn = start("conformance-7-6")
    aws("send-durable-execution-callback-failure", "--callback-id", open_callback(arn),
        "--error", "ErrorType=Refused,ErrorMessage=no")
    check(json.loads(ended(arn)["Result"]) == "recovered")

    arn = start("conformance-2-5")
    aws("stop-durable-execution", "--durable-execution-arn", arn, "--error", "ErrorType=Enough")
    check(ended(arn)["Status"] == "STOPPED")


failed = 0
for title, test in sorted(globals().items()):
    if not title.startswith("test_") or not callable(test):
        continue
    try:
        test()
        print("ok  ", title)
    except Exception as e:  # Tell all of them, not the first.
        failed += 1
        print("FAIL", title, f"{type(e).__name__}: {e}")
sys.exit(failed and 1)
