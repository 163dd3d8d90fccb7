"""Durable functions on AWS's SDK for Python: somebody else's handlers."""

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import (
    CallbackConfig, CompletionConfig, Duration, JitterStrategy, MapConfig, StepConfig, WaitForCallbackConfig)
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig, WaitStrategyConfig, create_wait_strategy)

second = Duration.from_seconds(1)
minute = Duration.from_minutes(1)
again = create_retry_strategy(RetryStrategyConfig(
    max_attempts=3, initial_delay=second, jitter_strategy=JitterStrategy.NONE))
attempts = 0


def flaky(_):
    global attempts
    attempts += 1
    if attempts % 2 == 1:
        raise ValueError("not yet")
    return "ok"


def pick(item):
    if item == 2:
        raise ValueError("two")
    return item * 10


def child(context):
    value = context.step(lambda _: 1, name="one")
    context.wait(second)
    return value + 1


def pausing(seconds):
    def branch(context):
        context.wait(Duration.from_seconds(seconds))
        return seconds
    return branch


@durable_execution
def tour(event, context):
    """Every operation once."""
    out = {"greet": context.step(lambda _: f"hello {event}", name="greet")}
    out["flaky"] = context.step(flaky, name="flaky", config=StepConfig(retry_strategy=again))
    context.wait(second, name="pause")
    callback = context.create_callback(name="ask", config=CallbackConfig(timeout=minute))
    out["child"] = context.run_in_child_context(child, name="child")
    out["ask"] = callback.result()
    batch = context.map([1, 2, 3], lambda ctx, item, i, items: ctx.step(
        lambda _: pick(item), config=StepConfig(retry_strategy=lambda e, n: again(e, 9))), name="batch",
        config=MapConfig(completion_config=CompletionConfig(tolerated_failure_count=1)))
    out["batch"] = batch.get_results()
    out["parallel"] = context.parallel([pausing(1), pausing(2)], name="parallel").get_results()
    out["count"] = context.wait_for_condition(lambda n, _: n + 1, name="count", config=WaitForConditionConfig(
        initial_state=0, wait_strategy=create_wait_strategy(WaitStrategyConfig(
            should_continue_polling=lambda n: n < 3, initial_delay=second, backoff_rate=1,
            jitter_strategy=JitterStrategy.NONE))))
    out["invoke"] = context.invoke("conformance-0-2:$LATEST", {"x": [1]}, name="invoke")
    out["approve"] = context.wait_for_callback(
        lambda callback_id, _: None, name="approve", config=WaitForCallbackConfig(timeout=minute))
    return out


@durable_execution
def echo(event, context):
    context.wait(second)
    return event
