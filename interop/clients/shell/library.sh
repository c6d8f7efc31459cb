# A library: the arguments are a program of ours that takes the commands of the classic ftp program
# and calls the library. It ends at the first failure.
. "${BASH_SOURCE%/*}/commands.sh"

command=("$@")
missing=$ROUND_MISSING
for operation in $ROUND_LACKS; do
    unset -f "do_${operation//-/_}"
done

session() {
    (cd "$work" && LD_LIBRARY_PATH=$ROUND_LIBRARIES "${command[@]}")
}

# Some cannot use pipes as files; their programs drop the server by themselves.
if [ -n "$ROUND_CUTS" ]; then
    do_cut_download() {
        fails session <<<"get-cut big"
    }

    do_cut_upload() {
        fails session <<<"put-cut $files/big cut"
    }
fi

round
