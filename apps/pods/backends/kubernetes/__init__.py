"""Executors as Kubernetes pods. The client library is loaded by ``api.py`` alone, when a connection is made."""
