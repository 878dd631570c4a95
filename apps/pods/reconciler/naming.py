"""The names of pods that are to be made."""

import hashlib
from itertools import count, islice

from apps.pods.models import Pod, PodPool

PREFIX = "job-executor"
# No vowels and nothing that looks like something else.
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
LENGTH = 8


class Names:
    """The first names of a pool's own row that no pod has had yet.

    So all who reconcile come to the same names, and so does one who was not told whether a pod was made: what two make
    by one name is one pod.
    """

    def __init__(self) -> None:
        # Somebody has a pod of that name; it may not be one that we see.
        self._taken: set[str] = set()

    def free(self, pool: str, wanted: int) -> list[str]:
        """So many of them; none if the pool was deleted meanwhile."""
        found = PodPool.objects.filter(name=pool).values_list("pk", "names_used").first() if wanted else None
        if found is None:
            return []
        pk, used = found
        had = self._had(pk)
        begin = next(number for number in count(used) if _name(pk, number) not in had)
        if begin != used:
            PodPool.objects.filter(pk=pk, names_used__lt=begin).update(names_used=begin)
        names = (_name(pk, number) for number in count(begin))
        return list(islice((name for name in names if name not in had), wanted))

    def take(self, name: str) -> None:
        """There is a pod of this name now."""
        self._taken.add(name)

    def _had(self, pool_pk: int) -> set[str]:
        recorded = set(Pod.objects.filter(pool=pool_pk).order_by().values_list("name", flat=True))
        self._taken -= recorded
        return recorded | self._taken


def _name(pool_pk: int, number: int) -> str:
    digest = hashlib.sha256(f"{pool_pk}/{number}".encode()).digest()
    return f"{PREFIX}-{''.join(LETTERS[byte % len(LETTERS)] for byte in digest[:LENGTH])}"
