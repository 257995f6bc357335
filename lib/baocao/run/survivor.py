"""A cell may end the very process it runs in; somebody must be left to say so."""

import atexit
import os
import signal
import sys


def leave_word_if_killed(what: str) -> None:
    """Go on in a child; this process waits for it and says so if it ends without a word of its own.

    Called before anything is imported that must not be forked. Where the system cannot fork, nothing happens.
    """
    if not hasattr(os, "fork"):
        return
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(heard)
        atexit.register(os.write, said, b".")  # not reached by os._exit or a signal
        return
    os.close(said)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the child's to handle
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if not os.read(heard, 1):
        how = f"exited with code {code}" if code >= 0 else f"was killed by signal {signal.Signals(-code).name}"
        sys.stderr.write(f"baocao: {what}: the process {how} in the middle of the notebook; nothing was replaced\n")
        code = 1
    os._exit(code)
