//! Hooks whose first parameter is not the id of their connection.

/// Whether the first parameter of this hook is something else: a method, a bucket, even a key or a token. From the
/// constructors of the providers for Airflow 3.3 and of earlier versions.
pub(super) fn has_other_first_parameter(class: &str) -> bool {
    CLASSES.binary_search(&class).is_ok()
}

/// Sorted.
const CLASSES: [&str; 58] = [
    "AsyncKubernetesHook",
    "AwsGlueJobHook",
    "AwsLambdaHook",
    "AzureBaseHook",
    "AzureFileShareHook",
    "AzureSynapsePipelineAsyncHook",
    "AzureSynapsePipelineHook",
    "BaseHook",
    "BeamAsyncHook",
    "BeamHook",
    "BigQueryHook",
    "CloudDataTransferServiceAsyncHook",
    "CloudDataTransferServiceHook",
    "CloudFirestoreHook",
    "CloudFunctionsHook",
    "CloudSQLHook",
    "ComputeEngineHook",
    "DataFusionHook",
    "DataSyncHook",
    "DataplexHook",
    "EC2Hook",
    "ElastiCacheReplicationGroupHook",
    "FirehoseHook",
    "GKEKubernetesAsyncHook",
    "GKEKubernetesHook",
    "GenAIGeminiAPIAsyncHook",
    "GenAIGeminiAPIHook",
    "GlueJobHook",
    "GoogleAdsHook",
    "GoogleAnalyticsHook",
    "GoogleBidManagerHook",
    "GoogleCalendarHook",
    "GoogleCampaignManagerHook",
    "GoogleCloudSecretManagerHook",
    "GoogleDiscoveryApiHook",
    "GoogleDisplayVideo360Hook",
    "GoogleDriveHook",
    "GoogleSearchAdsHook",
    "GoogleSearchAdsReportingHook",
    "HttpAsyncHook",
    "HttpHook",
    "KafkaConsumerHook",
    "LifeSciencesHook",
    "PagerdutyEventsAsyncHook",
    "PagerdutyEventsHook",
    "PagerdutyHook",
    "PapermillHook",
    "PubSubAsyncHook",
    "SageMakerNotebookHook",
    "SlackAPIHook",
    "SlackHook",
    "SlackWebhookHook",
    "SparkJDBCHook",
    "SparkPipelinesHook",
    "SparkSqlHook",
    "SparkSubmitHook",
    "SubprocessHook",
    "TableauHook",
];

#[cfg(test)]
mod tests {
    use super::{CLASSES, has_other_first_parameter};

    #[test]
    fn classes_are_sorted_so_that_each_is_found() {
        assert!(CLASSES.is_sorted());
        assert!(has_other_first_parameter("HttpHook") && !has_other_first_parameter("S3Hook"));
    }
}
