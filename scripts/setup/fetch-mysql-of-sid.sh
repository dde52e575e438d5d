#!/bin/sh
# Unpacks the MySQL server of Debian sid with all its libraries, and installs nothing. It runs with its own
# loader. apt gets its own state, and uses the mirror of this machine.
#   sh fetch-mysql-of-sid.sh FOLDER
set -eu
folder=$1

apt=$(mktemp -d)
trap 'rm -rf "$apt" "$folder"' EXIT
trap 'exit 130' INT HUP TERM
# apt downloads as its own user.
chmod 755 "$apt"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"

mirror() { apt-get indextargets --format '$(SITE)' 'Origin: Debian' 'Component: main' 'Identifier: Packages' | head -n 1; }
[ -n "$(mirror)" ] || apt-get -o DPkg::Lock::Timeout=120 update
[ -n "$(mirror)" ] || {
  echo "apt's sources on this machine have no mirror of Debian" >&2
  exit 1
}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) sid main" >"$apt/sid.list"

of_sid() {
  apt-get -o Dir::Etc::sourcelist="$apt/sid.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
    -o Debug::NoLocking=1 "$@"
}
of_sid update
of_sid --yes --no-install-recommends --download-only install mysql-server-core mysql-client-core

# The interpreter of their scripts and the like, which the server does not need.
for package in perl libperl debconf libdb5 libgdbm gcc- libc-gconv tzdata; do
  rm -f "$apt/cache/archives/$package"*.deb
done
for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
rm -rf "$apt"
trap - EXIT
