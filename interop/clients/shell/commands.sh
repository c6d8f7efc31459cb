# What every client shares that takes the commands of the classic ftp program, one a line: open, user,
# get, put, append, restart, reget, rename, delete, mkdir, cd, rmdir, pwd, nlist, dir, and ! for a
# command of the shell. A script defines `session`, which reads them from its input, and fails if one
# of them fails. `source_of` turns a pipe into something that `put` takes.
. "${BASH_SOURCE%/*}/round.sh"

source_of() {
    echo "$1"
}

# The commands that store the rest of a file: FILE NAME OFFSET
reput() {
    echo "restart $3"
    echo "put $1 $2"
}

# Sorted names without directories: FILE
names_in() {
    sed 's/\r$//; s|.*/||' "$1" | sort | tr '\n' ' '
}

do_login() {
    session <<<"pwd"
}

do_list() {
    session <<<"nlist . $work/names"
    [ "$(names_in "$work/names")" = "big empty small " ]
    session <<<"dir" >"$work/dir"
    grep small "$work/dir"
}

do_download() {
    session <<<"get small $work/small"
    same "$work/small" "$files/small"
}

do_download_empty() {
    session <<<"get empty $work/empty"
    same "$work/empty" "$files/empty"
}

do_download_big() {
    session <<<"get big $work/big"
    same "$work/big" "$files/big"
}

do_upload() {
    session <<<"put $files/small up"
    same "$home/up" "$files/small"
}

do_upload_empty() {
    session <<<"put $files/empty up-empty"
    same "$home/up-empty" "$files/empty"
}

do_upload_big() {
    session <<<"put $files/big up-big"
    same "$home/up-big" "$files/big"
}

do_overwrite() {
    session <<<"put $files/more up"
    same "$home/up" "$files/more"
}

do_append() {
    session <<<"append $files/small up"
    cat "$files/more" "$files/small" | same "$home/up" -
}

do_resume_download() {
    truncate --size 3000000 "$work/big"
    session <<<"reget big $work/big"
    same "$work/big" "$files/big"
}

do_resume_upload() {
    truncate --size 6000000 "$home/up-big"
    session <<<"$(reput "$files/big" up-big 6000000)"
    same "$home/up-big" "$files/big"
}

do_rename() {
    session <<<"rename up renamed"
    absent "$home/up"
    test -e "$home/renamed"
}

do_delete() {
    session <<<"delete renamed"
    absent "$home/renamed"
}

do_directories() {
    session <<<"mkdir folder
cd folder
put $files/small inside
nlist . $work/inside"
    same "$home/folder/inside" "$files/small"
    [ "$(names_in "$work/inside")" = "inside " ]
    session <<<"cd folder
delete inside
cd ..
rmdir folder"
    absent "$home/folder"
}

do_names() {
    session <<<"put $files/small \"grün 日本\"
nlist . $work/names
get \"grün 日本\" $work/name"
    same "$home/grün 日本" "$files/small"
    grep "grün 日本" "$work/names"
    same "$work/name" "$files/small"
    rm "$home/grün 日本"
}

# The client's own words for a file that is missing.
do_missing() {
    fails session <<<"get missing $work/missing" >"$work/said" 2>&1
    grep -E "$missing" "$work/said"
}

do_dropped() {
    session <<<"get small $work/one
!$ROUND_DROP
get small $work/again"
    same "$work/again" "$files/small"
}

do_cut_download() {
    mkfifo "$work/sink"
    { head -c 1000000 >"$work/.beginning"; drop; cat >"$work/.rest"; } <"$work/sink" &
    fails session <<<"get big $work/sink"
    # It still waits if the client has not begun.
    kill $! 2>/dev/null || true
    [ -s "$work/.beginning" ]
}

do_cut_upload() {
    mkfifo "$work/source"
    { head -c 1000000 "$files/big"; drop; tail -c +1000001 "$files/big"; } >"$work/source" &
    fails session <<<"put $(source_of "$work/source") cut"
    kill $! 2>/dev/null || true
}

missing=550
