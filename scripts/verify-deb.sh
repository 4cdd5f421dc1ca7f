#!/usr/bin/env bash
# Installs the Debian package in a clean Debian root and holds it against what docs/operating.md says:
# user, files, unit, a running gateway, an upgrade that keeps everything, removal and purge.
# As root only; it takes a minute or two and debootstrap. Services are not started, as no systemd runs
# in such a root: the program is started by what the unit says instead.
# shellcheck disable=SC2016 # ${Version} is for dpkg-query
set -euo pipefail
cd "$(dirname "$0")/.."

: "${BUILD:=.build/release}"
export BUILD
work=$(mktemp -d)
readonly root=$work/root
clean_up() {
  [ -z "${pid:-}" ] || kill -9 "$pid" 2>/dev/null || true
  umount "$root/proc" "$root/dev/null" "$root/dev/urandom" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

step() { printf '\n── %s\n' "$*"; }
inside() { DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$root" "$@"; }
is() { # WHAT ACTUAL EXPECTED
  [ "$2" = "$3" ] || { echo "✗ $1: \"$2\" in place of \"$3\"" >&2; exit 1; }
  echo "✓ $1: ${2:-nothing}"
}

step "Two packages of the same build, as if one were the next"
OUT="$work" DEB_REVISION=1 scripts/package.sh deb
OUT="$work" DEB_REVISION=2 scripts/package.sh deb
old=$(basename "$work"/*-1_*.deb) new=$(basename "$work"/*-2_*.deb)
version=$(scripts/version.sh)

step "A clean root; installing $old"
scripts/clean-root.sh "$root"
mount -t proc proc "$root/proc"
for device in null urandom; do
  touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"
done
cp "$work/$old" "$work/$new" "$root/tmp/"
inside apt-get -qq update
# systemd itself, for its judgement of the unit.
inside apt-get -qq -y --no-install-recommends install systemd "/tmp/$old" 2>&1 | tail -n 4
is "the package is of the version" "$(inside dpkg-query -W -f '${Version}' podero-gateway)" \
  "$(scripts/version.sh --debian)"
is "the program is, too" "$(inside podero-gateway version)" "podero-gateway $version"
inside id podero-gateway
is "the folder of secrets" "$(inside stat -c '%U:%G %a' /etc/podero-gateway/secrets)" \
  "root:podero-gateway 750"
is "the file of variables" "$(inside stat -c '%U:%G %a' /etc/podero-gateway/environment)" "root:root 600"
is "the unit" "$(inside systemctl is-enabled podero-gateway)" enabled
is "all files are as packed" "$(inside dpkg --verify podero-gateway)" ""

step "systemd's judgement of the unit"
is "systemd-analyze verify" "$(inside systemd-analyze verify /lib/systemd/system/podero-gateway.service 2>&1)" ""
inside systemd-analyze security --offline=true --no-pager podero-gateway.service >"$work/security" || true
grep '✗' "$work/security" || true
tail -n 1 "$work/security"

step "The program, as its user, with the example configuration"
inside install -m 644 /usr/share/doc/podero-gateway/examples/gateway.example.yaml \
  /etc/podero-gateway/gateway.yaml
# What StateDirectory= does.
inside install -d -m 700 -o podero-gateway -g podero-gateway /var/lib/podero-gateway
start() {
  unshare --net --fork --kill-child sh -c 'ip link set lo up; exec "$@"' _ \
    chroot --userspec=podero-gateway:podero-gateway "$root" env \
    PODERO_CLIENT_ID=example PODERO_CLIENT_SECRET=example \
    sh -c 'cd /var/lib/podero-gateway && exec podero-gateway serve --config /etc/podero-gateway/gateway.yaml' \
    2>"$work/log" &
  pid=$!
  local tries
  for tries in $(seq 100); do
    grep -q '"message":"listening"' "$work/log" && break
    if [ "$tries" -eq 100 ] || ! kill -0 "$pid"; then cat "$work/log" >&2; exit 1; fi
    sleep 0.1
  done
  server=$(pgrep -P "$pid" -x podero-gateway)
}
stop() {
  kill "$server"
  local code=0
  wait "$pid" || code=$?
  pid=''
  is "it drains and ends with" "$code" 0
}
ask() { nsenter --net="/proc/$server/ns/net" curl -sS -o /dev/null -w '%{http_code}' "$1"; }
start
is "it runs as" "$(stat -c %u "/proc/$server")" "$(inside id -u podero-gateway)"
is "GET /healthz" "$(ask http://127.0.0.1:8080/healthz)" 200
is "GET /v1/heat-pumps/smith-home without a key" "$(ask http://127.0.0.1:8080/v1/heat-pumps/smith-home)" 401
stop
is "the database" "$(inside stat -c '%U %a' /var/lib/podero-gateway/data/gateway.db)" "podero-gateway 600"

step "An upgrade to $new, with changes of the operator's"
echo "PODERO_CLIENT_ID=mine" >>"$root/etc/podero-gateway/environment"
echo "# mine" >>"$root/etc/podero-gateway/gateway.yaml"
inside sh -c 'echo secret >/etc/podero-gateway/secrets/one'
inside systemctl disable podero-gateway 2>/dev/null
kept() { inside sh -c 'cd / && sha256sum etc/podero-gateway/environment etc/podero-gateway/gateway.yaml \
  etc/podero-gateway/secrets/one var/lib/podero-gateway/data/gateway.db'; }
before=$(kept)
inside apt-get -qq -y install "/tmp/$new" 2>&1 | tail -n 2
is "the package is of the version" "$(inside dpkg-query -W -f '${Version}' podero-gateway)" \
  "$(DEB_REVISION=2 scripts/version.sh --debian)"
is "configuration, secrets and database are the same" "$([ "$(kept)" = "$before" ] && echo yes)" yes
is "a disabled unit stays so" "$(inside systemctl is-enabled podero-gateway || true)" disabled
start
is "GET /healthz" "$(ask http://127.0.0.1:8080/healthz)" 200
stop

step "Removal and purge"
inside apt-get -qq -y remove podero-gateway 2>&1 | tail -n 1
is "after removal, the program" "$(inside sh -c 'command -v podero-gateway' || echo gone)" gone
is "configuration and database" "$(inside ls -d /etc/podero-gateway/gateway.yaml \
  /etc/podero-gateway/environment /var/lib/podero-gateway/data/gateway.db | wc -l) files there" "3 files there"
inside apt-get -qq -y purge podero-gateway 2>&1 | tail -n 1
is "after the purge, what is left" "$(cd "$root" && find . -path ./proc -prune -o -path ./tmp -prune -o \
  -name '*podero*' -print)" ""
is "the user stays" "$(inside getent passwd podero-gateway | cut -d : -f 1)" podero-gateway
printf '\nAll as it should be.\n'
