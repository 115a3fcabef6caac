from airflow.providers.http.hooks.http import HttpHook
from airflow.providers.slack.hooks.slack import SlackHook
from airflow.providers.pagerduty.hooks.pagerduty import PagerdutyHook
from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook

HttpHook("POST", http_conn_id="api")  # => conn:api Keyword
HttpHook("POST")  # => conn:http_default ClassDefault
HttpHook("POST", "api")
PagerdutyHook("0123456789")
GenAIGeminiAPIHook("0123456789")  # => conn:google_cloud_default ClassDefault
SlackHook(slack_conn_id="chat")  # => conn:chat Keyword
SparkSubmitHook({"spark.a": "b"}, conn_id="spark")  # => conn:spark Keyword
register_hook("not_an_id")
WebHook2("not_an_id")
