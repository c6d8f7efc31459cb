#!/bin/sh
# rustdoc whose JSON output, still unstable, is allowed. Only rustdoc gets the
# variable: as a part of cargo's environment it would build every crate anew.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
