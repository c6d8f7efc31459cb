//! Settings: from options, environment variables and the configuration file to values.

pub(crate) mod config_file;
pub(crate) mod configuration;
pub(crate) mod environment;
pub(crate) mod gateway;
pub(crate) mod key;
pub(crate) mod layer;
pub(crate) mod merged;
pub(crate) mod paths;
pub(crate) mod proxy_environment;
pub(crate) mod resolved;
pub(crate) mod secret_source;
pub(crate) mod site_name;
