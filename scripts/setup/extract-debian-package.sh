#!/bin/sh
# Unpacks a Debian package into a folder, because its installation would change how people log in here:
#   sh extract-debian-package.sh PACKAGE FOLDER
set -eu
package=$1
folder=$2

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
cd "$download"
# The package lists of a new machine are empty or old. Only then an update is worth its time.
apt-get download "$package" || {
  apt-get -o DPkg::Lock::Timeout=120 update
  apt-get download "$package"
}
dpkg-deb -x "$package"_*.deb "$folder.unpacked"
mv "$folder.unpacked" "$folder"
