# curl.
. "${BASH_SOURCE%/*}/round.sh"

options=(--silent --show-error --fail --connect-timeout 20 --max-time 60 --user "$user:$password")
case $front in
plain) scheme=ftp ;;
explicit) scheme=ftp options+=(--ssl-reqd --insecure) ;;
implicit) scheme=ftps options+=(--insecure) ;;
esac
[ "$mode" = passive ] || options+=(--ftp-port -)
url=$scheme://$host:$port

curl() {
    program "${options[@]}" "$@"
}

do_login() {
    curl --head "$url/"
}

do_list() {
    [ "$(curl --list-only "$url/" | sort | tr '\n' ' ')" = "big empty small " ]
    curl "$url/" | grep small
}

do_download() {
    curl --output "$work/small" "$url/small"
    same "$work/small" "$files/small"
}

do_download_empty() {
    curl --output "$work/empty" "$url/empty"
    same "$work/empty" "$files/empty"
}

do_download_big() {
    curl --output "$work/big" "$url/big"
    same "$work/big" "$files/big"
}

do_upload() {
    curl --upload-file "$files/small" "$url/up"
    same "$home/up" "$files/small"
}

do_upload_empty() {
    curl --upload-file "$files/empty" "$url/up-empty"
    same "$home/up-empty" "$files/empty"
}

do_upload_big() {
    curl --upload-file "$files/big" "$url/up-big"
    same "$home/up-big" "$files/big"
}

do_overwrite() {
    curl --upload-file "$files/more" "$url/up"
    same "$home/up" "$files/more"
}

do_append() {
    curl --append --upload-file "$files/small" "$url/up"
    cat "$files/more" "$files/small" | same "$home/up" -
}

do_resume_download() {
    truncate --size 3000000 "$work/big"
    curl --continue-at - --output "$work/big" "$url/big"
    same "$work/big" "$files/big"
}

do_resume_upload() {
    truncate --size 6000000 "$home/up-big"
    curl --continue-at - --upload-file "$files/big" "$url/up-big"
    same "$home/up-big" "$files/big"
}

do_rename() {
    curl --quote "RNFR up" --quote "RNTO renamed" "$url/"
    absent "$home/up"
    test -e "$home/renamed"
}

do_delete() {
    curl --quote "DELE renamed" "$url/"
    absent "$home/renamed"
}

do_directories() {
    curl --ftp-create-dirs --upload-file "$files/small" "$url/folder/below/inside"
    same "$home/folder/below/inside" "$files/small"
    [ "$(curl --list-only "$url/folder/below/")" = inside ]
    curl --quote "DELE folder/below/inside" --quote "RMD folder/below" --quote "RMD folder" "$url/"
    absent "$home/folder"
}

do_names() {
    curl --upload-file "$files/small" "$url/gr%C3%BCn%20%E6%97%A5%E6%9C%AC"
    same "$home/grün 日本" "$files/small"
    curl --list-only "$url/" | grep "grün 日本"
    curl --output "$work/name" "$url/gr%C3%BCn%20%E6%97%A5%E6%9C%AC"
    same "$work/name" "$files/small"
}

# curl's own code for a file that does not exist.
do_missing() {
    local code=0
    curl --output "$work/missing" "$url/missing" || code=$?
    echo "exit code $code" >&2
    [ $code = 78 ]
}

# Two transfers of one session; the server drops the session before the second one.
do_dropped() {
    mkfifo "$work/pipe"
    curl --output "$work/pipe" "$url/small" --output "$work/again" "$url/small" &
    local pid=$!
    (sleep 0.01 && drop && cat) <"$work/pipe" >"$work/first"
    wait $pid
    same "$work/first" "$files/small"
    same "$work/again" "$files/small"
}

do_cut_download() {
    cut "$work/cut" curl --limit-rate 5M --output "$work/cut" "$url/big"
}

do_cut_upload() {
    cut "$home/cut" curl --limit-rate 5M --upload-file "$files/big" "$url/cut"
}

round
