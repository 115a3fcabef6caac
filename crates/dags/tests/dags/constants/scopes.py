from airflow.models import Variable

NAME = "module"


class Job:
    NAME = "class"
    key = Variable.get(NAME)  # => var:class VariableMethod

    def run(self):
        Variable.get(NAME)  # => var:module VariableMethod
        Variable.get(self.NAME)  # => dynamic var Attribute
        Variable.get(Job.NAME)  # => dynamic var Attribute


def shadowed(NAME):
    Variable.get(NAME)  # => dynamic var Parameter


def local():
    NAME = "local"

    def inner():
        return Variable.get(NAME)  # => var:local VariableMethod

    return inner


pick = lambda NAME: Variable.get(NAME)  # => dynamic var Parameter
