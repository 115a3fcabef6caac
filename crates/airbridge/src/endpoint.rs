//! The endpoints of `airbridge-endpoints`, as the commands use them.

pub(crate) mod environment {
    pub(crate) use airbridge_endpoints::ProcessEnvironment;
}

pub(crate) use airbridge_endpoints::{
    Access, AirflowConfig, EndpointConfig as Prepared, OpenEndpoint as Ready, OpenOptions as Context,
    RateOptions, STDIO, configure as prepare,
};
