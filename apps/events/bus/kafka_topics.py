"""Topics on Kafka: what is missing is made, what is too small extended, nothing shrunk."""

from collections.abc import Sequence

from kafka.admin import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from apps.events.bus.port import Topic


def set_up(admin: KafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    """Says what it did, a line a topic."""
    found = {one["name"]: len(one["partitions"]) for one in admin.describe_topics()}
    done = []
    for topic in topics:
        if topic.name not in found:
            done += _create(admin, topic)
        elif found[topic.name] < topic.partitions:
            # From now on keys are spread over more partitions: what was sent before may be read after what follows.
            admin.create_partitions({topic.name: topic.partitions})
            done.append(f"{topic.name}: extended from {found[topic.name]} to {topic.partitions} partitions")
    return done


def _create(admin: KafkaAdminClient, topic: Topic) -> list[str]:
    wanted = {
        "num_partitions": topic.partitions,
        "replication_factor": topic.replication,
        "configs": {
            "retention.ms": str(int(topic.retention.total_seconds() * 1000)),
            "cleanup.policy": "compact,delete" if topic.compacted else "delete",
        },
    }
    try:
        admin.create_topics({topic.name: wanted}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        # Another was quicker.
        return []
    return [f"{topic.name}: made with {topic.partitions} partitions"]
