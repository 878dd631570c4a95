"""The whole product as one tree of processes on one machine: Redis, web, scheduler, executors.

It knows the other parts by their command lines only.
"""
