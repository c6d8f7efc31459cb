#!/bin/sh
# Runs rustdoc with its unstable JSON output enabled. Only rustdoc gets the variable: in cargo's
# environment it would rebuild every crate.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
