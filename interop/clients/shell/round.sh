# What every client with a command line shares. A script defines a function for each operation of its
# client, such as `do_list`; an operation without one is lacking. Functions run in order, each in a shell
# that ends at the first failure.
host=$ROUND_HOST port=$ROUND_PORT user=$ROUND_USER password=$ROUND_PASSWORD
front=$ROUND_FRONT mode=$ROUND_MODE
files=$ROUND_FILES work=$ROUND_WORK home=$ROUND_HOME

OPERATIONS="login list download download-empty download-big upload upload-empty upload-big overwrite \
append resume-download resume-upload rename delete directories names missing dropped cut-download cut-upload"

# The client, with the libraries of its packages.
program() {
    LD_LIBRARY_PATH=$ROUND_LIBRARIES "$ROUND_PROGRAM" "$@"
}

same() {
    cmp "$1" "$2" >&2
}

absent() {
    [ ! -e "$1" ] || { echo "$1 is still there" >&2; return 1; }
}

# Ends every session of the server.
drop() {
    sh -c "$ROUND_DROP"
}

# Fails unless the command fails.
fails() {
    if "$@"; then
        echo "no failure: $*" >&2
        return 1
    fi
}

# Waits until a file is there and has some bytes.
wait_for_bytes() {
    for _ in $(seq 1500); do
        [ ! -s "$1" ] || return 0
        sleep 0.01
    done
    echo "no bytes arrived in $1" >&2
    return 1
}

# Drops the server in the middle of a command that moves the big file, and returns the status of the
# command, which must be slow enough: CHECKED COMMAND...
interrupt() {
    local checked=$1 pid
    shift
    "$@" &
    pid=$!
    wait_for_bytes "$checked" || return 0
    drop
    wait $pid
}

# As `interrupt`, of a command that has to fail.
cut() {
    fails interrupt "$@"
}

round() {
    local name words
    echo "version $ROUND_VERSION"
    for name in $OPERATIONS; do
        if ! declare -F "do_${name//-/_}" >/dev/null; then
            echo "lacks $name"
            continue
        fi
        (
            set -e
            "do_${name//-/_}"
        ) >"$work/.said" 2>&1
        if [ $? = 0 ]; then
            echo "ok $name"
        else
            words=$(grep -v '^ *$' "$work/.said" | tail -n 3 | tr -s '\r\n\t ' ' ')
            echo "failed $name: $words"
        fi
    done
}
