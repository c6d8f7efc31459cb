# ncftpget, ncftpput and ncftpls of NcFTP.
. "${BASH_SOURCE%/*}/round.sh"

folder=$ROUND_PROGRAM
options=(-u "$user" -p "$password" -P "$port" -t 30 -r 1)
[ "$mode" = passive ] && way=-F || way=-E

# Runs one of them with our login: PROGRAM ARGUMENTS
ncftp() {
    local name=$1
    shift
    ROUND_PROGRAM=$folder/$name
    (cd "$work" && program "${options[@]}" "$way" "$@")
}

get() {
    ncftp ncftpget "$@"
}

put() {
    ncftp ncftpput "$@"
}

ls() {
    ncftp ncftpls "$@" "ftp://$host/"
}

do_login() {
    ls
}

do_list() {
    [ "$(ls -1 | sort | tr '\n' ' ')" = "big empty small " ]
    ls -l | grep small
}

do_download() {
    get -C "$host" small "$work/small"
    same "$work/small" "$files/small"
}

do_download_empty() {
    get -C "$host" empty "$work/empty"
    same "$work/empty" "$files/empty"
}

do_download_big() {
    get -C "$host" big "$work/big"
    same "$work/big" "$files/big"
}

do_upload() {
    put -C "$host" "$files/small" up
    same "$home/up" "$files/small"
}

do_upload_empty() {
    put -C "$host" "$files/empty" up-empty
    same "$home/up-empty" "$files/empty"
}

do_upload_big() {
    put -C "$host" "$files/big" up-big
    same "$home/up-big" "$files/big"
}

do_overwrite() {
    put -C "$host" "$files/more" up
    same "$home/up" "$files/more"
}

do_append() {
    put -A -C "$host" "$files/small" up
    cat "$files/more" "$files/small" | same "$home/up" -
}

do_resume_download() {
    truncate --size 3000000 "$work/big"
    get -z -C "$host" big "$work/big"
    same "$work/big" "$files/big"
}

# After REST, it sends a large file from its beginning, to any server.
do_resume_upload() {
    head -c 3000 "$files/more" >"$work/part"
    put -C "$host" "$work/part" up-more
    put -z -C "$host" "$files/more" up-more
    same "$home/up-more" "$files/more"
}

do_rename() {
    ls -W "RNFR up" -W "RNTO renamed"
    absent "$home/up"
    test -e "$home/renamed"
}

do_delete() {
    ls -W "DELE renamed"
    absent "$home/renamed"
}

do_directories() {
    mkdir -p "$work/folder/below"
    cp "$files/small" "$work/folder/below/inside"
    put -R "$host" / "$work/folder"
    same "$home/folder/below/inside" "$files/small"
    mkdir "$work/back"
    get -R "$host" "$work/back" folder
    same "$work/back/folder/below/inside" "$files/small"
    ls -W "DELE folder/below/inside" -W "RMD folder/below" -W "RMD folder"
    absent "$home/folder"
}

do_names() {
    put -C "$host" "$files/small" "grün 日本"
    same "$home/grün 日本" "$files/small"
    ls -1 | grep "grün 日本"
    get -C "$host" "grün 日本" "$work/name"
    same "$work/name" "$files/small"
}

# Its own code for a file that it cannot get.
do_missing() {
    local code=0
    get -C "$host" missing "$work/missing" || code=$?
    echo "exit code $code" >&2
    [ $code = 3 ]
}

# Two transfers of one session; the server drops the session before the second one.
do_dropped() {
    mkdir "$work/two"
    mkfifo "$work/two/small"
    { cat >"$work/first"; drop; } <"$work/two/small" &
    get -Z "$host" "$work/two" small empty
    wait
    same "$work/first" "$files/small"
    same "$work/two/empty" "$files/empty"
}

do_cut_download() {
    get -c "$host" big | { head -c 1000000; drop; cat; } >"$work/cut"
    fails cmp -s "$work/cut" "$files/big"
}

do_cut_upload() {
    local code=0
    { head -c 1000000 "$files/big"; drop; tail -c +1000001 "$files/big"; } | put -c "$host" cut || code=$?
    echo "exit code $code" >&2
    [ $code != 0 ]
}

round
