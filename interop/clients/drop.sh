# Ends every session of a server, but not the server itself: JAIL LISTENER.
# A session is a process whose root is the jail or a folder below it.
find /proc/[0-9]* -maxdepth 1 -name root \( -lname "$1" -o -lname "$1/*" \) 2>/dev/null |
    while IFS=/ read -r _ _ process _; do
        [ "$process" = "$2" ] || kill -9 "$process" 2>/dev/null
    done
exit 0
