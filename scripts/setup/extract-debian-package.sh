#!/bin/sh
# Unpacks a Debian package into a folder, for one whose installation would change how people log in here:
#   sh extract-debian-package.sh PACKAGE FOLDER
set -eu
package=$1
folder=$2

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
cd "$download"
# The package lists of a new machine are empty or old: only then are they worth the time of an update.
apt-get download "$package" || {
  apt-get -o DPkg::Lock::Timeout=120 update
  apt-get download "$package"
}
dpkg-deb -x "$package"_*.deb "$folder.unpacked"
mv "$folder.unpacked" "$folder"
