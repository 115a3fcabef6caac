SHARDS = ["shard_a", "shard_b"]
MORE = ("shard_c",)

QueryOperator.partial(task_id="a").expand(conn_id=SHARDS)  # => conn:shard_a Keyword, conn:shard_b Keyword
QueryOperator.partial(task_id="b").expand(conn_id=find_shards())  # => dynamic conn Call
QueryOperator.partial(task_id="c").expand(conn_id=[*MORE, "shard_d"])  # => dynamic conn Other, conn:shard_d Keyword
