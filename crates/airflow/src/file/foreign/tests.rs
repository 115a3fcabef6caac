use super::recognise;

#[test]
fn file_of_another_tool_is_recognised() {
    for (text, what) in [
        (
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  AIRFLOW_CONN_A: t://h\n",
            "a Kubernetes Secret",
        ),
        ("---\napiVersion: v1\nkind: ConfigMap\ndata: {}\n---\napiVersion: v1\n", "a Kubernetes ConfigMap"),
        (r#"{"apiVersion": "v1", "kind": "List", "items": []}"#, "a Kubernetes List"),
        ("apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {}\n", "a Kubernetes manifest"),
        ("services:\n  web:\n    image: x\n", "a Docker Compose file"),
        ("version: '3'\nservices:\n  a: {build: .}\n  b: {env_file: .env}\n", "a Docker Compose file"),
        ("executor: CeleryExecutor\nworkers:\n  replicas: 2\n", "a values file of Airflow's Helm chart"),
        ("data:\n  metadataConnection: {user: x}\nscheduler: {}\n", "a values file of Airflow's Helm chart"),
        (
            r#"{"connections": [], "total_entries": 0}"#,
            "a reply of Airflow's REST API, which hides secret values",
        ),
        (
            r#"{"variables": [{"key": "a", "value": "***"}], "total_entries": 1}"#,
            "a reply of Airflow's REST API, which hides secret values",
        ),
        (
            r#"{"connection_id": "a", "conn_type": "t"}"#,
            "one entry as Airflow's REST API returns it, which hides secret values",
        ),
        (r#"[{"id": "1", "conn_id": "a", "conn_type": "t"}]"#, "the output of `airflow connections list`"),
        ("- conn_id: a\n  conn_type: t\n", "the output of `airflow connections list`"),
        (
            "id | conn_id | conn_type | description\n===+=========+====\n1  | a       | t\n",
            "the output of `airflow connections list`",
        ),
        ("id  conn_id  conn_type\n1   a        t\n", "the output of `airflow connections list`"),
        (r#"[{"key": "a"}]"#, "the output of `airflow variables list`"),
        ("# x\n---\n- key: a\n- key: b\n", "the output of `airflow variables list`"),
        ("key\n===\na\n", "the output of `airflow variables list`"),
        ("key\na\n", "the output of `airflow variables list`"),
        ("[core]\ndags_folder = /x\n", "a configuration file of Airflow"),
        (
            "deployment:\n  environment_variables: []\n  configuration: {}\n",
            "a deployment file of the Astro CLI",
        ),
        (r#"{"version": 4, "terraform_version": "1.9", "resources": []}"#, "a Terraform state"),
        (r#"{"a": {"sensitive": true, "type": "string", "value": "x"}}"#, "the output of `terraform output`"),
        (r#"{"SecretList": []}"#, "a reply of AWS Secrets Manager"),
        (
            r#"{"ARN": "arn:x", "Name": "a", "VersionId": "v", "SecretString": "s"}"#,
            "a reply of AWS Secrets Manager",
        ),
        (r#"{"Parameters": [{"Name": "a"}], "InvalidParameters": []}"#, "a reply of AWS Systems Manager"),
        (r#"{"request_id": "x", "lease_id": "", "data": {"data": {}}}"#, "a reply of Vault"),
        (r#"[{"name": "projects/1/secrets/a"}]"#, "the output of `gcloud secrets list`"),
        (
            r#"{"id": "https://x.vault.azure.net/secrets/a/1", "attributes": {}, "value": "v"}"#,
            "a reply of Azure Key Vault",
        ),
        (
            r#"{"schema": "airbridge.list/1", "summary": {}, "entries": []}"#,
            "a document that airbridge printed",
        ),
    ] {
        assert_eq!(recognise("", text).map(|foreign| foreign.what).as_deref(), Some(what), "{text}");
    }
}

#[test]
fn file_of_airflow_with_some_of_the_same_names_is_not_recognised() {
    for text in [
        r#"{"kind": "Secret", "apiVersion": "v1"}"#,
        r#"{"apiVersion": "2", "kind": "x", "metadata": "m"}"#,
        r#"{"services": {"a": {"url": "x"}}, "total_entries": 5}"#,
        r#"{"executor": "x", "scheduler": "y"}"#,
        r#"{"workers": {"count": 2}, "scheduler": {"x": 1}}"#,
        r#"{"deployment": {"name": "x"}, "data": "x", "request_id": "y"}"#,
        r#"{"key": "a", "value": "b"}"#,
        r#"{"a": {"value": "x", "description": "sensitive"}}"#,
        r#"{"SecretString": "x", "Parameter": "y"}"#,
        r#"{"schema": "airbridge.test", "a": "b"}"#,
        r#"{"a": {"conn_type": "t", "connection_id": "x"}}"#,
        "airflow:\n  connections: []\n",
        "AIRFLOW_VAR_A=[core]\n",
        "key=value\nkind=Secret\napiVersion=v1\n",
        "",
        "[]",
    ] {
        assert_eq!(recognise("", text), None, "{text}");
    }
}

#[test]
fn terraform_variables_are_recognised_by_the_name_of_their_file() {
    for name in ["prod.tfvars", "prod.tfvars.json"] {
        assert_eq!(recognise(name, "{}").unwrap().what, "a file of Terraform variables");
    }
    assert_eq!(recognise("tfvars.json", "{}"), None);
}
