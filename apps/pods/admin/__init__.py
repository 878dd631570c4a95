"""The admin of pools and pods. Django loads this module."""

from apps.pods.admin import pods, pools  # noqa: F401
