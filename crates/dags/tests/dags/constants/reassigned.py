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
