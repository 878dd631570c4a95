"""``container_init.py HOST_NAME COMMAND…`` becomes COMMAND, on a host of that name: a container's is its pod's.

A program of its own, as :mod:`apps.stack.tether` is.
"""

import ctypes
import os
import socket
import sys

CLONE_NEWUTS, CLONE_NEWUSER = 0x04000000, 0x10000000


def main() -> None:
    # Who is not root may name a host inside a user namespace alone.
    flags = CLONE_NEWUTS if os.geteuid() == 0 else CLONE_NEWUTS | CLONE_NEWUSER
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    socket.sethostname(sys.argv[1])
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606


if __name__ == "__main__":
    main()
