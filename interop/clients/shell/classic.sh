# The ftp program of BSD and its descendants: tnftp, that of the GNU inetutils, and the one of netkit
# with TLS, for which ROUND_TLS is set. The arguments are options.
. "${BASH_SOURCE%/*}/commands.sh"

options=("$@")
if [ -n "$ROUND_TLS" ]; then
    case $front in
    plain) options+=(-z nossl) ;;
    explicit) options+=(-z secure) ;;
    esac
fi
[ "$mode" = passive ] && toggle=passive || toggle=

# It ends with 0 whatever happens, so that its replies decide.
session() {
    {
        echo "open $host $port"
        echo "user $user $password"
        echo binary
        echo $toggle
        cat
        echo bye
    } >"$work/.commands"
    (cd "$work" && program "${options[@]}" <"$work/.commands") >"$work/.dialogue" 2>&1
    cat "$work/.dialogue"
    ! grep -E '^[45][0-9][0-9][ -]|^Not connected|^Lost connection' "$work/.dialogue" >&2
}

# Local files must be files, or commands.
source_of() {
    echo "\"|cat $1\""
}

round
