#!/usr/bin/env bash
# Puts the built programs and what belongs to them into place, or takes just that away again. Both
# walk the same list. It is run by `make install`, `install-strip` and `uninstall`, which hand over
# the usual variables. Nothing is written below sysconfdir: a configuration is the operator's own.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly action=$1
: "${DESTDIR=}" "${prefix:=/usr/local}" "${exec_prefix:=$prefix}" "${bindir:=$exec_prefix/bin}"
: "${sysconfdir:=/etc}" "${localstatedir:=/var}" "${datarootdir:=$prefix/share}"
: "${mandir:=$datarootdir/man}" "${docdir:=$datarootdir/doc/podero-gateway}"
: "${unitdir:=$prefix/lib/systemd/system}" "${sysusersdir:=$prefix/lib/sysusers.d}"
: "${bashcompletiondir:=$datarootdir/bash-completion/completions}"
: "${zshcompletiondir:=$datarootdir/zsh/site-functions}"
: "${fishcompletiondir:=$datarootdir/fish/vendor_completions.d}"
: "${BUILD:=.build/release}" "${STRIP:=strip}"

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# The unit and the manual pages name the usual places; those who install elsewhere get theirs.
with_places() {
  sed -e "s|/usr/local/bin/|$bindir/|g" -e "s|/etc/podero-gateway|$sysconfdir/podero-gateway|g" \
    -e "s|/var/lib/podero-gateway|$localstatedir/lib/podero-gateway|g" \
    -e "s|/usr/share/doc/podero-gateway|$docdir|g" "$1" >"$made/${1##*/}"
}

make_files() {
  local program shell
  for program in podero-gateway podero-simulator; do
    [ -x "$BUILD/$program" ] || { echo "$BUILD/$program is missing: make build-release" >&2; exit 1; }
    cp "$BUILD/$program" "$made/"
    [ "$action" != install-strip ] || "$STRIP" "$made/$program"
    for shell in bash zsh fish; do
      "$BUILD/$program" --generate-completion-script "$shell" |
        sed '1{/^#!/d}' >"$made/$program.$shell"
    done
    with_places "docs/man/$program.1"
  done
  with_places config/systemd/podero-gateway.service
}

# Mode, what is installed, and as what. With nothing made yet, the places alone count.
list() {
  local program
  for program in podero-gateway podero-simulator; do
    echo "755 $made/$program $bindir/$program"
    echo "644 $made/$program.1 $mandir/man1/$program.1"
    echo "644 $made/$program.bash $bashcompletiondir/$program"
    echo "644 $made/$program.zsh $zshcompletiondir/_$program"
    echo "644 $made/$program.fish $fishcompletiondir/$program.fish"
  done
  echo "644 $made/podero-gateway.service $unitdir/podero-gateway.service"
  echo "644 config/systemd/podero-gateway.sysusers $sysusersdir/podero-gateway.conf"
  local file
  for file in README.md CHANGELOG.md LICENSE NOTICE SECURITY.md docs/*.md docs/openapi.json; do
    echo "644 $file $docdir/${file#docs/}"
  done
  for file in config/gateway.example.yaml config/gateway.default.yaml config/prometheus/* \
    config/grafana/* config/recipes/*; do
    echo "644 $file $docdir/examples/${file#config/}"
  done
}

case $action in
  install | install-strip)
    make_files
    list | while read -r mode source target; do install -D -m "$mode" "$source" "$DESTDIR$target"; done
    ;;
  uninstall)
    list | while read -r _ _ target; do rm -f "$DESTDIR$target"; done
    for folder in "$docdir/examples/prometheus" "$docdir/examples/grafana" \
      "$docdir/examples/recipes" "$docdir/examples" "$docdir"; do
      rmdir "$DESTDIR$folder" 2>/dev/null || true
    done
    ;;
  *)
    echo "usage: scripts/install.sh install | install-strip | uninstall" >&2
    exit 64
    ;;
esac
