import os
from airflow.models import Variable

for name in ["a", "b"]:
    Variable.get(name)  # => dynamic var Loop
Variable.get(f"team_{os.environ['TEAM']}")  # => dynamic var Inserted
Variable.get("team_" + os.environ["TEAM"])  # => dynamic var Inserted
Variable.get("team_%s" % team)  # => dynamic var Inserted
Variable.get("team_{}".format(team))  # => dynamic var Inserted
Variable.get(os.environ["NAME"])  # => dynamic var Attribute
Variable.get(os.getenv("NAME"))  # => dynamic var Call
Variable.get("a" if prod else "b")  # => dynamic var Condition
Variable.get("NAME" or other)  # => dynamic var Condition
[Variable.get(key) for key in ("a", "b")]  # => dynamic var Loop
