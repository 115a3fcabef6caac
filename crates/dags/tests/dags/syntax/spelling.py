from airflow.models import Variable

Variable . get ( "spaces" )  # => var:spaces VariableMethod
Variable.get(  # comment
    # another
    "comments",  # => var:comments VariableMethod
)
Variable.\
    get("continued")  # => var:continued VariableMethod
Variable.get("\x61\u0062\143")  # => var:abc VariableMethod
Variable.get("\N{LATIN SMALL LETTER A}")  # => dynamic var Inserted
Variable.get("schlüssel 1")  # => var:schlüssel 1 VariableMethod
Variable.get("""triple""")  # => var:triple VariableMethod
Variable.get()
Variable.get
