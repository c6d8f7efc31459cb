# Runs ftp_client.erl, which is compiled at the first time: ROOT, the folder of Erlang.
export ROOTDIR=$1 BINDIR=$(echo "$1"/erts-*/bin) EMU=beam PROGNAME=erl
if [ ! -e .beam/ftp_client.beam ]; then
    mkdir -p .beam
    "$BINDIR/erlexec" -noshell -eval "{ok, _} = compile:file(\"${BASH_SOURCE%/*}/ftp_client\", [{outdir, \".beam\"}]), halt()."
fi
exec "$BINDIR/erlexec" -noshell -pa .beam -run ftp_client main
