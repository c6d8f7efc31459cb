//! Limits each secret from the environment to one host.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::output::printer::Printer;
use crate::settings::secret_source::SecretSource;

/// The hosts that the secrets from the environment go to: each to the first that needs it. A
/// command may name several servers, and only the user knows which of them a variable is for.
#[derive(Debug, Default)]
pub(crate) struct OneHost(BTreeMap<Arc<str>, String>);

impl OneHost {
    /// Returns the source of a secret for `host`. `None` if it is a variable whose secret goes to
    /// another host; a warning says so.
    pub(crate) fn permit(
        &mut self,
        source: Option<&SecretSource>,
        host: &str,
        printer: &Printer,
    ) -> Option<SecretSource> {
        if let Some(SecretSource::Variable(variable)) = source {
            let owner = self.0.entry(Arc::clone(variable));
            let owner = owner.or_insert_with(|| host.to_owned());
            if !owner.eq_ignore_ascii_case(host) {
                printer.warning(&format!(
                    "{variable} is for {owner} and is not sent to {host}; a site can have a source \
                     of its own"
                ));
                return None;
            }
        }
        source.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::printer::Verbosity;

    #[test]
    fn the_first_host_has_the_variable_for_itself() {
        let printer = Printer::new(Verbosity::Quiet, false, false);
        let mut one_host = OneHost::default();
        let mut permits = |source: &SecretSource, host| {
            let permitted = one_host.permit(Some(source), host, &printer);
            permitted.as_ref() == Some(source)
        };
        let [general, account] = ["TOWLINE_PASSWORD", "TOWLINE_ACCOUNT"];
        let [general, account] = [general, account].map(|name| SecretSource::Variable(name.into()));
        assert!(permits(&general, "a.test"));
        assert!(!permits(&general, "b.test"));
        assert!(permits(&general, "A.test"));
        assert!(permits(&account, "b.test"));
        assert!(permits(&SecretSource::File("f".into()), "b.test"));
    }
}
