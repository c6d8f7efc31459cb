//! Completion for bash, which splits words at colons: `vendor:out/a` is three words for it.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use clap_complete::env::Bash as ClapBash;
use clap_complete::env::EnvCompleter;

/// As clap's support for bash, except for the script, which joins the words again.
#[derive(Debug)]
pub(super) struct Bash;

/// Words without a space between them on the line belong together. What bash has cut off the last
/// one is cut off the candidates, too.
const SCRIPT: &str = r#"_towline() {
    local rest="$COMP_LINE" behind word i index=0 words=()
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        word="${COMP_WORDS[i]}"
        behind="${rest#"${rest%%[![:space:]]*}"}"
        if ((i > 0)) && [[ -n "$word" && "$behind" == "$rest" ]]; then
            words[${#words[@]} - 1]+="$word"
        else
            words+=("$word")
        fi
        rest="${behind#"$word"}"
        ((i == COMP_CWORD)) && index=$((${#words[@]} - 1))
    done
    local cut="${words[index]}"
    cut="${cut%"$2"}"
    local answer
    answer="$(VARIABLE=bash _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX="$index" \
        "COMPLETER" -- "${words[@]}" 2>/dev/null)" || return
    local IFS=$'\n'
    set -f
    COMPREPLY=($answer)
    set +f
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
    if [[ ${#COMPREPLY[@]} == 1 && "${COMPREPLY[0]}" != *[=/:] ]]; then
        COMPREPLY[0]+=" "
    fi
}
complete -o nospace -o bashdefault -F _towline BIN
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        ClapBash.name()
    }

    fn is(&self, name: &str) -> bool {
        ClapBash.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        _: &str,
        program: &str,
        completer: &str,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let script = SCRIPT
            .replace("VARIABLE", variable)
            .replace("BIN", program)
            .replace("COMPLETER", completer);
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        directory: Option<&Path>,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        ClapBash.write_complete(command, words, directory, out)
    }
}
