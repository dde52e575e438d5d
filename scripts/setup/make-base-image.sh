#!/bin/sh
# Creates a replacement for node:24-bookworm-slim without a registry: Debian by debootstrap, with this Node.
#   sh make-base-image.sh NODE NAME PROGRAM
set -eu
node=$1
name=$2
program=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debootstrap --variant=minbase --include=ca-certificates,tzdata bookworm "$work/root" >&2
rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/*
install -m 755 "$node" "$work/root/usr/local/bin/node"
chroot "$work/root" groupadd --gid 1000 node
chroot "$work/root" useradd --uid 1000 --gid 1000 --create-home node
tar -C "$work/root" -c . | "$program" import \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'CMD ["node"]' - "$name"
