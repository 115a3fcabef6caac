from airflow.models import Variable
from airflow.providers.postgres.hooks.postgres import PostgresHook

CONN = "from_constant"
SAME = ALSO = CONN
TYPED: str = "typed"
PREFIX = "team"
BUILT = PREFIX + "_" + "built"


def extract():
    inner = "local"
    PostgresHook(CONN)  # => conn:from_constant HookArgument
    PostgresHook(inner)  # => conn:local HookArgument
    Variable.get(SAME)  # => var:from_constant VariableMethod
    Variable.get(ALSO)  # => var:from_constant VariableMethod
    Variable.get(TYPED)  # => var:typed VariableMethod
    Variable.get(BUILT)  # => var:team_built VariableMethod
    Variable.get(f"{PREFIX}_f")  # => var:team_f VariableMethod
    Variable.get(f"{PREFIX!r}")  # => dynamic var Inserted
    Variable.get(f"{PREFIX:>10}")  # => dynamic var Inserted
    Variable.get("{}_{name}".format(PREFIX, name="g"))  # => var:team_g VariableMethod
    Variable.get("{0}_{0}".format(PREFIX))  # => var:team_team VariableMethod
    Variable.get("%s_%s" % (PREFIX, "h"))  # => var:team_h VariableMethod
    Variable.get("%s_i" % PREFIX)  # => var:team_i VariableMethod
    Variable.get(("in_" "parts"))  # => var:in_parts VariableMethod
    Variable.get(walrus := "walrus")  # => var:walrus VariableMethod
    Variable.get(walrus)  # => var:walrus VariableMethod
