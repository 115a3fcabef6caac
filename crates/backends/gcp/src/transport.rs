//! The requests of Google's client, sent by airbridge's own HTTP client.
//!
//! Google's library reads answers of any size, takes its proxy from the process, and takes an answer without content for an
//! empty one. So the requests and answers are the library's types, and what lies between is here. Addresses:
//! <https://cloud.google.com/secret-manager/docs/reference/rest>.

use std::fmt;

use airbridge_core::{Error, Result};
use airbridge_http::{BodyTooLarge, LIST_LIMIT, SECRET_LIMIT, TransportError, read_body};
use bytes::Bytes;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use google_cloud_gax::error::Error as GoogleError;
use google_cloud_gax::error::rpc::Status;
use google_cloud_gax::options::RequestOptions;
use google_cloud_gax::response::{Parts, Response};
use google_cloud_secretmanager_v1::model::{
    AccessSecretVersionRequest, AccessSecretVersionResponse, AddSecretVersionRequest, CreateSecretRequest,
    DeleteSecretRequest, GetSecretRequest, GetSecretVersionRequest, ListSecretsRequest, ListSecretsResponse,
    Secret, SecretPayload, SecretVersion, UpdateSecretRequest,
};
use google_cloud_secretmanager_v1::stub::SecretManagerService;
use http::{Extensions, HeaderMap};
use reqwest::{Method, RequestBuilder, Url};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// What Google's client gets from the service.
type Answer<T> = std::result::Result<T, GoogleError>;

/// Numbers instead of names for states, as Google's own client asks.
const NUMBERS: [(&str, &str); 1] = [("$alt", "json;enum-encoding=int")];

/// The service at one address, as one identity.
pub(crate) struct Transport {
    http: reqwest::Client,
    url: Url,
    credentials: Credentials,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The HTTP client's `Debug` shows the proxy's address, which may contain a password.
        f.debug_struct("Transport").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Transport {
    /// # Errors
    /// `Config` if `url` is not an address.
    pub(crate) fn new(http: reqwest::Client, url: &str, credentials: Credentials) -> Result<Self> {
        match Url::parse(url).ok().filter(|url| !url.cannot_be_a_base()) {
            Some(url) => Ok(Self { http, url, credentials }),
            None => Err(Error::config("the address of Google Secret Manager is not valid")
                .with_hint("check `endpoint_url` and `location`")),
        }
    }

    /// A request for `resource`, such as `projects/acme/secrets/a`, with the verb at the end of custom methods.
    fn request(&self, method: Method, resource: &str, verb: &str) -> Answer<RequestBuilder> {
        // A part such as `..` would lead to another resource.
        if resource.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(GoogleError::binding("a part of the resource's name is empty or made of dots"));
        }
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1");
            let (parents, last) = resource.rsplit_once('/').unwrap_or(("", resource));
            path.extend(parents.split('/')).push(&format!("{last}{verb}"));
        }
        Ok(self.http.request(method, url).query(&NUMBERS))
    }

    /// The body of the answer to a request, at most `limit` bytes.
    async fn send(&self, request: RequestBuilder, limit: usize) -> Answer<(HeaderMap, Bytes)> {
        let credentials = match self.credentials.headers(Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => data,
            // Only a caller that has headers already is told so.
            Ok(CacheableResource::NotModified) => HeaderMap::new(),
            Err(error) => return Err(GoogleError::authentication(error)),
        };
        let response = request.headers(credentials).send().await.map_err(unanswered)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_body(response, limit).await.map_err(|error| match error {
            TransportError::TooLarge => GoogleError::io(BodyTooLarge),
            TransportError::TimedOut => GoogleError::timeout("the answer was not complete in time"),
            TransportError::Interrupted | TransportError::Connect(_) => {
                GoogleError::io("the connection closed before the answer was complete")
            }
        })?;
        let body = Bytes::from_owner(body);
        if status.is_success() {
            return Ok((headers, body));
        }
        Err(match Status::try_from(&body) {
            Ok(error) => GoogleError::service_with_http_metadata(error, Some(status.as_u16()), Some(headers)),
            Err(_) => GoogleError::http(status.as_u16(), headers, body),
        })
    }

    async fn get<T: DeserializeOwned>(&self, resource: &str, verb: &str) -> Answer<Response<T>> {
        parse(self.send(self.request(Method::GET, resource, verb)?, SECRET_LIMIT).await?)
    }

    async fn write<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        body: &impl Serialize,
    ) -> Answer<Response<T>> {
        parse(self.send(request.json(body), SECRET_LIMIT).await?)
    }
}

/// The body of `addVersion`. The value in it is not copied before it is sent.
#[derive(Serialize)]
struct NewVersion<'a> {
    payload: &'a Option<SecretPayload>,
}

/// The error for a request without an answer.
fn unanswered(error: reqwest::Error) -> GoogleError {
    if error.is_connect() {
        GoogleError::connect(error)
    } else if error.is_timeout() {
        GoogleError::timeout(error)
    } else if error.is_builder() {
        GoogleError::ser(error)
    } else {
        GoogleError::io(error)
    }
}

/// The message of the parser would quote the answer.
fn parse<T: DeserializeOwned>((headers, body): (HeaderMap, Bytes)) -> Answer<Response<T>> {
    let body =
        serde_json::from_slice(&body).map_err(|_| GoogleError::deser("not the JSON of the service"))?;
    Ok(response(headers, body))
}

fn response<T>(headers: HeaderMap, body: T) -> Response<T> {
    Response::from_parts(Parts::new().set_headers(headers), body)
}

impl SecretManagerService for Transport {
    async fn list_secrets(
        &self,
        asked: ListSecretsRequest,
        _options: RequestOptions,
    ) -> Answer<Response<ListSecretsResponse>> {
        let size = asked.page_size.to_string();
        let query = [("pageSize", &size), ("pageToken", &asked.page_token), ("filter", &asked.filter)];
        let request = self.request(Method::GET, &format!("{}/secrets", asked.parent), "")?.query(&query);
        parse(self.send(request, LIST_LIMIT).await?)
    }

    async fn create_secret(
        &self,
        asked: CreateSecretRequest,
        _options: RequestOptions,
    ) -> Answer<Response<Secret>> {
        let request = self.request(Method::POST, &format!("{}/secrets", asked.parent), "")?;
        self.write(request.query(&[("secretId", &asked.secret_id)]), &asked.secret).await
    }

    async fn add_secret_version(
        &self,
        asked: AddSecretVersionRequest,
        _options: RequestOptions,
    ) -> Answer<Response<SecretVersion>> {
        let request = self.request(Method::POST, &asked.parent, ":addVersion")?;
        self.write(request, &NewVersion { payload: &asked.payload }).await
    }

    async fn get_secret(
        &self,
        asked: GetSecretRequest,
        _options: RequestOptions,
    ) -> Answer<Response<Secret>> {
        self.get(&asked.name, "").await
    }

    async fn update_secret(
        &self,
        asked: UpdateSecretRequest,
        _options: RequestOptions,
    ) -> Answer<Response<Secret>> {
        let name = asked.secret.as_ref().map(|secret| secret.name.as_str()).unwrap_or_default();
        let mask = asked.update_mask.as_ref().map(|mask| mask.paths.join(",")).unwrap_or_default();
        let request = self.request(Method::PATCH, name, "")?.query(&[("updateMask", &mask)]);
        self.write(request, &asked.secret).await
    }

    async fn delete_secret(
        &self,
        asked: DeleteSecretRequest,
        _options: RequestOptions,
    ) -> Answer<Response<()>> {
        let request = self.request(Method::DELETE, &asked.name, "")?.query(&[("etag", &asked.etag)]);
        let (headers, body) = self.send(request, SECRET_LIMIT).await?;
        if !body.is_empty() {
            parse::<IgnoredAny>((headers.clone(), body))?;
        }
        Ok(response(headers, ()))
    }

    async fn get_secret_version(
        &self,
        asked: GetSecretVersionRequest,
        _options: RequestOptions,
    ) -> Answer<Response<SecretVersion>> {
        self.get(&asked.name, "").await
    }

    async fn access_secret_version(
        &self,
        asked: AccessSecretVersionRequest,
        _options: RequestOptions,
    ) -> Answer<Response<AccessSecretVersionResponse>> {
        self.get(&asked.name, ":access").await
    }
}
