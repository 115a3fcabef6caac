from airflow.models import Variable
from company.settings import IMPORTED

TWICE = "a"
TWICE = "b"
CHANGED = "a"
CHANGED += "b"
SHARED = "a"
BY_LOOP = "a"
CIRCLE = CIRCLE_TOO
CIRCLE_TOO = CIRCLE

for BY_LOOP in ["b"]:
    pass


def change():
    global SHARED
    SHARED = "b"


Variable.get(TWICE)  # => dynamic var Reassigned
Variable.get(CHANGED)  # => dynamic var Reassigned
Variable.get(SHARED)  # => dynamic var Other
Variable.get(BY_LOOP)  # => dynamic var Reassigned
Variable.get(IMPORTED)  # => dynamic var Imported
Variable.get(NOWHERE)  # => dynamic var Imported
Variable.get(CIRCLE)  # => dynamic var Other

try:
    CAUGHT = "a"
    WITH = "a"
except Exception as CAUGHT:
    pass
with open("f") as WITH:
    Variable.get(CAUGHT)  # => dynamic var Reassigned
    Variable.get(WITH)  # => dynamic var Reassigned
try:
    from company.settings import FALLBACK
except ImportError:
    FALLBACK = "a"
Variable.get(FALLBACK)  # => dynamic var Reassigned
