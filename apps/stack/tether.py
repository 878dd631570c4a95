"""``tether.py PARENT_PID COMMAND…`` becomes COMMAND, which then ends with its parent, however that ends.

A program of its own, because Python code between fork and exec (``preexec_fn``) is not safe where there are threads.
The kernel ties the child to the *thread* that started it: start children from one that lasts.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when ``parent``, its parent now, is gone. Linux only; survives exec."""
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        # It ended before the kernel knew of our wish.
        os._exit(1)


def tied_command(command: Sequence[str]) -> list[str]:
    """Return the command line that becomes ``command``, tied to this process."""
    return [sys.executable, __file__, str(os.getpid()), *command]


def main() -> None:
    end_with_parent(int(sys.argv[1]))
    # A terminal sends these to the whole process group; in which order its members end is the stack's decision.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGHUP])
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606


if __name__ == "__main__":
    main()
