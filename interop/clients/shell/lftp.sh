# lftp.
. "${BASH_SOURCE%/*}/round.sh"

# The modules for protocols are in the package, in a folder named after the version.
modules=$(echo "${ROUND_PROGRAM%/bin/lftp}"/lib/lftp/*)
ROUND_LIBRARIES=$modules:$ROUND_LIBRARIES

settings="set cmd:fail-exit yes
set module:path $modules
set net:max-retries 1
set net:timeout 20
set cmd:interactive no
set ftp:charset utf-8
set ssl:verify-certificate no"
case $front in
plain) scheme=ftp settings+=$'\nset ftp:ssl-allow no' ;;
explicit) scheme=ftp settings+=$'\nset ftp:ssl-force yes\nset ftp:ssl-protect-data yes' ;;
implicit) scheme=ftps ;;
esac
[ "$mode" = passive ] || settings+=$'\nset ftp:passive-mode no'

# Runs commands in a session: COMMANDS
lftp() {
    {
        echo "$settings"
        echo "open -u $user,$password $scheme://$host:$port"
        echo "$1"
    } >"$work/.script"
    (cd "$work" && program -f "$work/.script")
}

do_login() {
    lftp "pwd"
}

do_list() {
    [ "$(lftp "cls -1 --sort=name" | tr '\n' ' ')" = "big empty small " ]
    lftp "ls -a" | grep small
}

do_download() {
    lftp "get small"
    same "$work/small" "$files/small"
}

do_download_empty() {
    lftp "get empty"
    same "$work/empty" "$files/empty"
}

do_download_big() {
    lftp "get big"
    same "$work/big" "$files/big"
}

do_upload() {
    lftp "put $files/small -o up"
    same "$home/up" "$files/small"
}

do_upload_empty() {
    lftp "put $files/empty -o up-empty"
    same "$home/up-empty" "$files/empty"
}

do_upload_big() {
    lftp "put $files/big -o up-big"
    same "$home/up-big" "$files/big"
}

do_overwrite() {
    lftp "put $files/more -o up"
    same "$home/up" "$files/more"
}

do_resume_download() {
    truncate --size 3000000 "$work/big"
    lftp "get -c big"
    same "$work/big" "$files/big"
}

do_resume_upload() {
    truncate --size 6000000 "$home/up-big"
    lftp "put -c $files/big -o up-big"
    same "$home/up-big" "$files/big"
}

do_rename() {
    lftp "mv up renamed"
    absent "$home/up"
    test -e "$home/renamed"
}

do_delete() {
    lftp "rm renamed"
    absent "$home/renamed"
}

do_directories() {
    mkdir -p "$work/tree/below"
    cp "$files/small" "$work/tree/below/inside"
    lftp "mirror -R tree folder
mirror folder back
cd folder/below
pwd"
    same "$home/folder/below/inside" "$files/small"
    same "$work/back/below/inside" "$files/small"
    lftp "rm -r folder"
    absent "$home/folder"
}

do_names() {
    lftp "put $files/small -o 'grün 日本'"
    same "$home/grün 日本" "$files/small"
    lftp "cls -1" | grep "grün 日本"
    lftp "get 'grün 日本' -o name"
    same "$work/name" "$files/small"
}

do_missing() {
    fails lftp "get missing" 2>"$work/.missing"
    grep 550 "$work/.missing"
}

do_dropped() {
    lftp "get small -o one
!$ROUND_DROP
get small -o again"
    same "$work/again" "$files/small"
}

# It connects again by itself, and goes on where it was.
do_cut_download() {
    interrupt "$work/cut" lftp "set net:limit-total-rate 6000000
get big -o cut"
    same "$work/cut" "$files/big"
}

do_cut_upload() {
    interrupt "$home/cut" lftp "set net:limit-total-rate 6000000
put $files/big -o cut"
    same "$home/cut" "$files/big"
}

round
