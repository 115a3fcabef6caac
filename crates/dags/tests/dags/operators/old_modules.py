from airflow.hooks.mysql_hook import MySqlHook
from airflow.contrib.hooks.ssh_hook import SSHHook

MySqlHook()  # => conn:mysql_default ClassDefault
SSHHook(ssh_conn_id="bastion")  # => conn:bastion Keyword
