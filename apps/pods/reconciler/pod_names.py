"""Names of pods that are to be made."""

from itertools import count, islice

from django.utils.crypto import salted_hmac

from apps.pods.models import Pod, PodPool

PREFIX = "job-executor"
# No vowels and nothing that looks like something else.
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
LENGTH = 8
SALT = "pods.names"


class PodNames:
    """The first names of a pool's own row that no pod has had yet.

    So all who reconcile come to the same names, and so does one who got no answer whether a pod was made: what two make
    by one name is one pod.
    """

    def __init__(self) -> None:
        # Somebody has a pod of that name; it may not be one that we see.
        self._taken: set[str] = set()

    def free(self, pool: str, wanted: int) -> list[str]:
        """Return so many names; none if the pool was deleted meanwhile. Earlier pods do not add to the cost."""
        found = PodPool.objects.filter(name=pool).values_list("pk", "names_used").first() if wanted else None
        if found is None:
            return []
        pk, used = found
        free: list[tuple[int, str]] = []
        numbers = count(used)
        while len(free) < wanted:
            free += self._free_of({_name(pk, number): number for number in islice(numbers, wanted)})
        begin = free[0][0]
        if begin != used:
            PodPool.objects.filter(pk=pk, names_used__lt=begin).update(names_used=begin)
        return [name for _, name in free[:wanted]]

    def take(self, name: str) -> None:
        """Record that there is a pod of this name now."""
        self._taken.add(name)

    def _free_of(self, row: dict[str, int]) -> list[tuple[int, str]]:
        recorded = set(Pod.objects.filter(name__in=row).order_by().values_list("name", flat=True))
        self._taken -= recorded
        had = recorded | self._taken
        return [(number, name) for name, number in row.items() if name not in had]


def _name(pool_pk: int, number: int) -> str:
    """Return a name by the installation's key: another that shares the namespace has pools of the same numbers."""
    digest = salted_hmac(SALT, f"{pool_pk}/{number}", algorithm="sha256").digest()
    return f"{PREFIX}-{''.join(LETTERS[byte % len(LETTERS)] for byte in digest[:LENGTH])}"
