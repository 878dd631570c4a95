"""The bus that events go out on: Redis Streams, or Kafka where its brokers are named."""

from baseshift import env

# Entries kept of each topic on Redis Streams, read or not: they share the memory with the queues.
EVENT_STREAM_LENGTH = int(env.number("EVENT_STREAM_LENGTH", 100_000, minimum=1))
