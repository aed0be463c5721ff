"""PostgreSQL refuses to run as root, so when we are root it runs as the owner of its data, or as nobody."""

import ctypes
import os
import pwd
import struct
from pathlib import Path

PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
NO_GROUP = 65_534
_libc = ctypes.CDLL(None, use_errno=True)


def are_held() -> bool:
    return os.geteuid() == 0


def uid_for(folder: Path) -> int | None:
    """Who runs the server on this data; nothing when we are an ordinary user and simply run it ourselves."""
    if not are_held():
        return None
    owner = folder.stat().st_uid
    return owner or _nobody()


def hand_over(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, -1, follow_symlinks=False)


def give_up(uid: int) -> None:
    """Become `uid`, keeping one right of root's: to pass through closed folders. The checkout may lie in /root."""
    keeps = hasattr(_libc, "prctl") and hasattr(_libc, "capset")
    if keeps:
        _libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NO_GROUP, NO_GROUP, NO_GROUP)
    os.setresuid(uid, uid, uid)
    if keeps:
        # Best effort: where the kernel or the container refuses, the server still starts if the folders are open.
        only = 1 << CAP_DAC_OVERRIDE
        header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
        _libc.capset(header, struct.pack("6I", only, only, only, 0, 0, 0))
        _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65_534
