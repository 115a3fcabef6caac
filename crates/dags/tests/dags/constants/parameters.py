from airflow.providers.postgres.hooks.postgres import PostgresHook

DEFAULT = "by_constant"


def a(conn_id="by_default"):  # => conn:by_default ParameterDefault
    return PostgresHook(conn_id)  # => conn:by_default HookArgument, dynamic conn OverridableParameter


def b(name: str = "named", *, pg_conn_id: str = DEFAULT, other_conn_id=None):  # => conn:by_constant ParameterDefault
    return PostgresHook(name)  # => conn:named HookArgument, dynamic conn OverridableParameter


def c(conn_id, *args, x_conn_id: str, **kwargs):
    PostgresHook(conn_id)  # => dynamic conn Parameter
    PostgresHook(postgres_conn_id=x_conn_id)  # => dynamic conn Parameter
    PostgresHook(postgres_conn_id=kwargs["conn_id"])  # => dynamic conn Attribute
    PostgresHook(*args)  # => dynamic conn Unpacked
    PostgresHook(**kwargs)  # => dynamic conn Unpacked


def d(conn_id=DEFAULT):  # => conn:by_constant ParameterDefault
    conn_id = conn_id or "other"
    return PostgresHook(conn_id)  # => dynamic conn Reassigned


e = lambda conn_id="by_lambda": PostgresHook(conn_id)  # => conn:by_lambda ParameterDefault, conn:by_lambda HookArgument, dynamic conn OverridableParameter
