#!/bin/sh
# Unpacks Debian packages into one folder, because their installation would change how people log in here, or which
# libraries other programs find:
#   sh extract-debian-package.sh FOLDER PACKAGE...
set -eu
folder=$1
shift

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
cd "$download"
# The package lists of a new machine are empty or old. Only then an update is worth its time.
apt-get download "$@" || {
  apt-get -o DPkg::Lock::Timeout=120 update
  apt-get download "$@"
}
for package in ./*.deb; do dpkg-deb -x "$package" "$folder.unpacked"; done
mv "$folder.unpacked" "$folder"
