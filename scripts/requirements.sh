# Sourced by packages.sh and doctor.sh: what the build and the tests need besides Swift.
# One row each: Debian package | how to find out whether it is there | what it is for.
requirements=(
  "pkg-config|command -v pkg-config|finds the C libraries"
  "libmicrohttpd-dev|pkg-config --exists 'libmicrohttpd >= 0.9.75'|the HTTP server"
  "libgnutls28-dev|pkg-config --exists 'gnutls >= 3.7'|TLS towards callers"
  "libcurl4-openssl-dev|pkg-config --exists 'libcurl >= 7.88'|the HTTP client"
  "libsqlite3-dev|pkg-config --exists 'sqlite3 >= 3.37'|the database file"
  "libpq-dev|pkg-config --exists 'libpq >= 14'|the client of PostgreSQL"
  "libmimalloc-dev|compgen -G '/usr/lib*/libmimalloc.so' || compgen -G '/usr/lib/*/libmimalloc.so'|the gateway's allocator"
  "zlib1g-dev|pkg-config --exists zlib|reads compressed answers"
  "postgresql|compgen -G '/usr/lib/postgresql/*/bin/postgres'|PostgreSQL itself, for tests"
  "nginx-light|command -v nginx || test -x /usr/sbin/nginx|a second server in tests and demo"
  "chromium|command -v chromium|the console's tests, in a browser"
  "python3|command -v python3|speaks to that browser"
  "openssl|command -v openssl|certificates in tests and demo"
  "curl|command -v curl|requests in tests and demo"
)

# Needed by nobody but who measures.
if [ -n "${BENCHMARKS:-}" ]; then
  requirements+=(
    "wrk|command -v wrk|the load of \`make bench\`"
    "haproxy|command -v haproxy || test -x /usr/sbin/haproxy|a server to be measured beside"
    "varnish|command -v varnishd || test -x /usr/sbin/varnishd|another one"
    "gcc|command -v cc|compiles what these are held against"
    "valgrind|command -v valgrind|the counts of \`make instructions\`"
  )
fi

# Whether the requirement of a row is met.
is_met() {
  bash -c "$(cut -d '|' -f 2- <<<"$1" | sed 's/|[^|]*$//')" >/dev/null 2>&1
}

package_of() { cut -d '|' -f 1 <<<"$1"; }
purpose_of() { sed 's/.*|//' <<<"$1"; }
