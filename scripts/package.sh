#!/usr/bin/env bash
# Makes a Debian package (`deb`) or an archive (`tarball`) of the release build, into .build/packages,
# with a checksum beside it. The same build and SOURCE_DATE_EPOCH give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

readonly kind=$1
: "${BUILD:=.build/release}" "${OUT:=.build/packages}"
# The time of the last commit, or of an unpacked archive's newest entry of the changelog.
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}"
# Who answers for the package: whoever makes it for others says so.
: "${DEB_MAINTAINER:=Podero Partner Gateway <root@localhost>}"
export SOURCE_DATE_EPOCH BUILD
version=$(scripts/version.sh)
built=$("$BUILD/podero-gateway" version)
if [ "$built" != "podero-gateway $version" ]; then
  echo "The build says \"$built\", the sources $version: make build-release" >&2
  exit 1
fi
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

checksum() { (cd "$OUT" && sha256sum "$1" >"$1.sha256" && cat "$1.sha256"); }

make_tarball() {
  local name
  name=podero-gateway-$version-linux-$(uname -m)
  # What is inside goes below /usr/local.
  DESTDIR="$stage/$name" scripts/install.sh install-strip
  mv "$stage/$name/usr/local" "$stage/tree" && rm -r "${stage:?}/$name" && mv "$stage/tree" "$stage/$name"
  tar -C "$stage" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --format=gnu -c "$name" | gzip -9n >"$OUT/$name.tar.gz"
  checksum "$name.tar.gz"
}

# The libraries that the programs need, each with the first version that has all they use.
library_dependencies() {
  mkdir -p "$stage/shlibs/debian"
  printf 'Source: podero-gateway\n\nPackage: podero-gateway\nArchitecture: any\n' \
    >"$stage/shlibs/debian/control"
  (cd "$stage/shlibs" && dpkg-shlibdeps -O "$1"/usr/bin/podero-gateway "$1"/usr/bin/podero-simulator) |
    sed 's/^shlibs:Depends=//'
}

make_deb() {
  local version architecture root="$stage/root" doc="$stage/root/usr/share/doc/podero-gateway"
  version=$(scripts/version.sh --debian)
  architecture=$(dpkg --print-architecture)
  DESTDIR="$root" prefix=/usr unitdir=/lib/systemd/system \
    zshcompletiondir=/usr/share/zsh/vendor-completions scripts/install.sh install-strip
  # Debian has the licence elsewhere, and manual pages and changelogs compressed.
  rm "$doc/LICENSE"
  mv "$doc/CHANGELOG.md" "$doc/changelog"
  printf 'podero-gateway (%s) stable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n' \
    "$version" "$DEB_MAINTAINER" \
    "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" >"$doc/changelog.Debian"
  gzip -9n "$doc/changelog" "$doc/changelog.Debian" "$root"/usr/share/man/man1/*.1
  install -m 644 packaging/debian/copyright "$doc/copyright"
  install -D -m 644 packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/podero-gateway"
  install -d -m 750 "$root/etc/podero-gateway/secrets"
  chmod 755 "$root/etc/podero-gateway"
  install -m 600 packaging/debian/environment "$root/etc/podero-gateway/environment"
  install -d "$root/DEBIAN"
  install -m 755 packaging/debian/{postinst,prerm,postrm} "$root/DEBIAN/"
  install -m 644 packaging/debian/conffiles "$root/DEBIAN/"
  sed -e "s/@VERSION@/$version/" -e "s/@MAINTAINER@/$DEB_MAINTAINER/" -e "s/@ARCHITECTURE@/$architecture/" \
    -e "s/@SIZE@/$(du -sk --apparent-size "$root/usr" | cut -f 1)/" \
    -e "s/@SHLIBS@/$(library_dependencies "$root")/" packaging/debian/control.in >"$root/DEBIAN/control"
  (cd "$root" && find etc lib usr -type f ! -path etc/podero-gateway/environment -print0 | sort -z |
    xargs -0 md5sum >DEBIAN/md5sums)
  local name=podero-gateway_${version}_$architecture.deb
  dpkg-deb --root-owner-group -Zxz -b "$root" "$OUT/$name" >/dev/null
  checksum "$name"
}

case $kind in
  deb) make_deb ;;
  tarball) make_tarball ;;
  *)
    echo "usage: scripts/package.sh deb | tarball" >&2
    exit 64
    ;;
esac
