#!/bin/sh
# Builds odbc2parquet for `npm run bench -- --peers`, and unpacks the ODBC driver manager and drivers of Debian next to
# it. It installs nothing on this machine:
#   sh build-odbc2parquet.sh FOLDER
set -eu
folder=$1
version=11.0.1
extract=$(dirname "$0")/../extract-debian-package.sh

command -v cargo >/dev/null || {
  echo 'there is no cargo on this machine' >&2
  exit 1
}
trap 'rm -rf "$folder/target"' EXIT
mkdir -p "$folder"
sh "$extract" "$folder/odbc" unixodbc-dev libodbc2 libodbccr2 libodbcinst2 libltdl7 odbc-mariadb odbc-postgresql
RUSTFLAGS="-L native=$folder/odbc/usr/lib/x86_64-linux-gnu" nice -n 19 \
  cargo install --quiet --locked --root "$folder" --target-dir "$folder/target" "odbc2parquet@$version"
