from airflow.models import Variable

print "hello", Variable.get("a")  # => var:a VariableMethod
try:
    mode = 0777
except Exception, error:
    print >> stream, "failed"
if 1 <> 2:
    Variable.get(ur"b")  # => var:b VariableMethod
