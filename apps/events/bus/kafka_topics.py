"""Topics on Kafka: missing ones are created, small ones extended, none shrunk; and their end offsets."""

from collections.abc import Sequence

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from apps.events.bus.port import Topic


def set_up(admin: KafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    """Create or extend the topics. Returns what was done, a line per topic."""
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


def ends(admin: KafkaAdminClient, topic: str) -> dict[int, int]:
    """Return the next offset of each partition. Raises KafkaError."""
    [found] = admin.describe_topics([topic])
    error = for_code(found["error_code"])
    if error is UnknownTopicOrPartitionError:
        return {}
    if error is not NoError:
        raise error(topic)
    places = [TopicPartition(topic, one["partition_index"]) for one in found["partitions"]]
    latest = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    return {place.partition: latest[place].offset for place in places}


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
