#!/bin/sh
# Lays out Debian's Python below $1, from its packages: no shell, no package manager, no documentation.
# Records each package under var/lib/dpkg/status.d, where scanners look in images that have no dpkg.
set -eu
root=$1
packages="base-files ca-certificates libbz2-1.0 libc6 libcrypt1 libexpat1 libffi8 libgcc-s1 liblzma5 libpython3.11-minimal
  libpython3.11-stdlib libsqlite3-0 libssl3 libstdc++6 libuuid1 media-types netbase python3.11-minimal tzdata zlib1g"

work=$(mktemp -d)
apt-get update -q
(cd "$work" && apt-get download -q $packages)
mkdir -p "$root/var/lib/dpkg/status.d"
for file in "$work"/*.deb; do
  dpkg-deb -x "$file" "$root"
  dpkg-deb -f "$file" > "$root/var/lib/dpkg/status.d/$(dpkg-deb -f "$file" Package)"
done
ln -s python3.11 "$root/usr/bin/python3"

# What ca-certificates makes when it is installed.
find "$root/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat > "$root/etc/ssl/certs/ca-certificates.crt"

# Somebody must have the id that the images run under, for what asks for its own name.
echo 'root:x:0:0:root:/root:/sbin/nologin
caseplane:x:10001:10001:caseplane:/tmp:/sbin/nologin' > "$root/etc/passwd"
echo 'root:x:0:
caseplane:x:10001:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"

# Copyright notices stay; the rest of the documentation, and tables that only other programs read, go.
find "$root/usr/share/doc" -type f ! -name copyright -delete
rm -rf "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/lintian" "$root/usr/share/bug" \
  "$root/usr/share/python3" "$root/usr/share/ca-certificates" "$root/usr/share/zoneinfo/right" \
  "$root/usr/lib/python3.11/lib2to3" "$root/usr/lib/python3.11/pydoc_data" "$root/usr/lib/python3.11/unittest/test" \
  "$root/usr/lib/x86_64-linux-gnu/gconv" "$root/usr/lib/aarch64-linux-gnu/gconv"
find "$root" -depth -type d -empty ! -path "$root/tmp" ! -path "$root/proc" ! -path "$root/sys" ! -path "$root/dev" \
  ! -path "$root/run" ! -path "$root/var/*" -delete
mkdir -p "$root/tmp" && chmod 1777 "$root/tmp"
rm -rf "$work"
