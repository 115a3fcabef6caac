from airflow.sdk import dag, task


@dag(schedule=None, default_args={"retries": 1})
def pipeline():
    @task.sql(conn_id="sql_task")  # => conn:sql_task Keyword
    def count():
        return "select 1"

    @task.kubernetes(image="python", kubernetes_conn_id="cluster")  # => conn:cluster Keyword
    def run():
        pass

    count() >> run()


pipeline()
