#!/bin/sh
# Makes the certificates that the tests refuse. The keys are thrown away.
set -e
cd "$(mktemp -d)"
to="$(dirname "$(readlink -f "$OLDPWD/$0")")"
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=root -days 36500 \
    -addext basicConstraints=critical,CA:TRUE
openssl req -x509 -newkey rsa:1024 -nodes -keyout root1024.key -out root1024.pem -subj /CN=root \
    -days 36500 -addext basicConstraints=critical,CA:TRUE
leaf() {
    name=$1 san=$2 digest=$3
    shift 3
    openssl req -newkey "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj /CN=localhost
    printf 'basicConstraints=CA:FALSE\nsubjectAltName=%s\n' "$san" >"$name.ext"
    openssl x509 -req -in "$name.csr" -CA root.pem -CAkey root.key -days 36500 -extfile "$name.ext" \
        "$digest" -out "$name.pem"
}
leaf good DNS:localhost -sha256 rsa:2048
leaf rsa1024 DNS:localhost -sha256 rsa:1024
leaf sha1 DNS:localhost -sha1 rsa:2048
leaf ipdns DNS:127.0.0.1 -sha256 rsa:2048
openssl req -newkey rsa:2048 -nodes -keyout v1.key -out v1.csr -subj /CN=localhost
openssl x509 -req -in v1.csr -CA root.pem -CAkey root.key -days 36500 -out v1.pem
for name in root root1024 good rsa1024 sha1 ipdns v1; do
    openssl x509 -in "$name.pem" -outform der -out "$to/$name.der"
done
