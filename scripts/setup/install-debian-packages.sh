#!/bin/sh
# Installs Debian packages as root without letting them start their services:
#   sh install-debian-packages.sh PACKAGE...
set -eu

# Packages ask this program before they start a service; exit code 101 says no.
# https://manpages.debian.org/bookworm/init-system-helpers/invoke-rc.d.8.en.html
policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-batchquery-setup

restore() {
  rm -f "$policy"
  if [ -e "$kept" ]; then mv "$kept" "$policy"; fi
}

if [ -e "$policy" ] && [ ! -e "$kept" ]; then mv "$policy" "$kept"; fi
trap restore EXIT
trap 'exit 130' INT HUP TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

install_packages() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
    install --yes --no-install-recommends "$@"
}

# The package lists of a new machine are empty or old. Only then an update is worth its time.
install_packages "$@" || {
  apt-get -o DPkg::Lock::Timeout=120 update
  install_packages "$@"
}
