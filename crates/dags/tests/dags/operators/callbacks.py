from airflow.providers.slack.notifications.slack import SlackNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier

dag = DAG(
    "a",
    on_failure_callback=[
        SlackNotifier(slack_conn_id="alerts", text="failed"),  # => conn:alerts Keyword
        SmtpNotifier(to="a@example.com", smtp_conn_id="mail"),  # => conn:mail Keyword
    ],
)
