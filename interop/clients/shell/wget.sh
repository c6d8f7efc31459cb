# wget, which only downloads.
. "${BASH_SOURCE%/*}/round.sh"

options=(--no-verbose --tries=1 --timeout=30 --user="$user" --password="$password")
case $front in
plain) url=ftp://$host:$port ;;
explicit) url=ftps://$host:$port options+=(--no-check-certificate) ;;
implicit) url=ftps://$host:$port options+=(--ftps-implicit --no-check-certificate) ;;
esac
[ "$mode" = passive ] || options+=(--no-passive-ftp)

wget() {
    (cd "$work" && program "${options[@]}" "$@")
}

do_login() {
    wget --output-document=listing "$url/"
}

do_list() {
    wget --output-document=listing "$url/"
    grep small "$work/listing"
}

do_download() {
    wget --output-document=small "$url/small"
    same "$work/small" "$files/small"
}

do_download_empty() {
    wget --output-document=empty "$url/empty"
    same "$work/empty" "$files/empty"
}

do_download_big() {
    wget --output-document=big "$url/big"
    same "$work/big" "$files/big"
}

do_resume_download() {
    truncate --size 3000000 "$work/big"
    wget --continue "$url/big"
    same "$work/big" "$files/big"
}

do_names() {
    cp "$files/small" "$home/grün 日本"
    wget --output-document=name "$url/gr%C3%BCn%20%E6%97%A5%E6%9C%AC"
    same "$work/name" "$files/small"
}

# wget's own code for an error of the server.
do_missing() {
    local code=0
    wget --output-document=missing "$url/missing" || code=$?
    [ $code = 8 ]
}

do_cut_download() {
    cut "$work/cut" wget --limit-rate=5m --output-document=cut "$url/big"
}

round
