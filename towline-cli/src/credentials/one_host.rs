//! Limits each secret from the environment to one host and port.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::operand::address::address;
use crate::output::printer::Printer;
use crate::settings::secret_source::SecretSource;

/// The hosts and ports that the secrets from the environment go to: each to the first that needs
/// it. A command may name several servers, and only the user knows which of them a variable is for.
#[derive(Debug, Default)]
pub(crate) struct OneHost(BTreeMap<Arc<str>, (String, u16)>);

impl OneHost {
    /// Returns the source of a secret for `host` at `port`. `None` if it is a variable whose secret
    /// goes elsewhere; a warning says so.
    pub(crate) fn permit(
        &mut self,
        source: Option<&SecretSource>,
        host: &str,
        port: u16,
        printer: &Printer,
    ) -> Option<SecretSource> {
        if let Some(SecretSource::Variable(variable)) = source {
            let owner = self.0.entry(Arc::clone(variable));
            let (owner, its_port) = owner.or_insert_with(|| (host.to_owned(), port));
            let is_host = owner.eq_ignore_ascii_case(host);
            if !is_host || *its_port != port {
                let (owner, other) = match is_host {
                    true => (address(owner, *its_port), address(host, port)),
                    false => (owner.clone(), host.to_owned()),
                };
                printer.warning(&format!(
                    "{variable} is for {owner} and is not sent to {other}; a site can have a source \
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
        let mut permits_at = |source: &SecretSource, host, port| {
            let permitted = one_host.permit(Some(source), host, port, &printer);
            permitted.as_ref() == Some(source)
        };
        let mut permits = |source: &SecretSource, host| permits_at(source, host, 21);
        let [general, account] = ["TOWLINE_PASSWORD", "TOWLINE_ACCOUNT"];
        let [general, account] = [general, account].map(|name| SecretSource::Variable(name.into()));
        assert!(permits(&general, "a.test"));
        assert!(!permits(&general, "b.test"));
        assert!(permits(&general, "A.test"));
        assert!(permits(&account, "b.test"));
        assert!(permits(&SecretSource::File("f".into()), "b.test"));
        assert!(permits_at(&general, "a.test", 21));
        assert!(!permits_at(&general, "a.test", 990), "another port");
    }
}
