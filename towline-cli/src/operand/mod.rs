//! Operands: what on the command line is a place on a server, and what is a local path.

pub(crate) mod site;
