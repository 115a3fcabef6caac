from airflow.sdk import Variable

type Name = str


def first[T](items: list[T]) -> T:
    return items[0]


key = "new"
A = f"{Variable.get("quotes")}"  # => var:quotes VariableMethod
B = f"{{{{ var.value.{key + f"{"er"}"} }}}}"  # => var:newer Jinja
match A:
    case "x":
        Variable.get("matched")  # => var:matched VariableMethod
    case str() as captured:
        Variable.get(captured)  # => dynamic var Other
async def load():
    async with open() as session:
        await session.run(Variable.get("awaited"))  # => var:awaited VariableMethod
