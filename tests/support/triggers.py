"""Triggers and messages as tests write them."""

import json
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.utils import timezone

from apps.core.models import User
from apps.events.bus.port import Bus, Message
from apps.workflows.models import Trigger
from apps.workflows.services import triggers
from apps.workflows.triggers.consumer import Consumer, ConsumerTick
from apps.workflows.triggers.definition import TriggerDefinition

TOPIC = "shop.orders"


def definition(name: str = "orders", **keys: Any) -> TriggerDefinition:
    """Every message of TOPIC starts the template ``sample`` with the message's data."""
    return TriggerDefinition(
        **{"name": name, "topic": TOPIC, "template_id": "sample", "input": "${event.data}", **keys}
    )


def make(owner: User, name: str = "orders", **keys: Any) -> Trigger:
    return triggers.create(owner, definition=definition(name, **keys))


def cloudevent(number: int = 1, data: Any = None, topic: str = TOPIC, **attributes: str) -> Message:
    """In binary mode."""
    told = {"specversion": "1.0", "id": str(number), "source": "/shop", "type": "order.placed", **attributes}
    headers = [(f"ce_{name}", text.encode()) for name, text in told.items()]
    value = {"amount": number} if data is None else data
    return Message(topic, "k", [*headers, ("content-type", b"application/json")], json.dumps(value).encode())


def plain(value: bytes, topic: str = TOPIC) -> Message:
    return Message(topic, "k", [], value)


def send(bus: Bus, *messages: Message) -> None:
    outcome = bus.publish(messages)
    assert outcome.acknowledged == list(range(len(messages))), outcome


def tick(consumer: Consumer, seconds: float = 0) -> ConsumerTick:
    """One step, as if it were so many seconds later."""
    return consumer.tick(timezone.now() + timedelta(seconds=seconds))


def maker(name: str) -> User:
    """Somebody who may make triggers."""
    user = User.objects.create_user(name)
    user.user_permissions.add(Permission.objects.get(codename="add_trigger"))
    return User.objects.get(pk=user.pk)
