# syntax=docker/dockerfile:1
#
# Build and runtime stand on the same Debian release on purpose: the executables link libmicrohttpd,
# GnuTLS, libcurl, SQLite, libpq, zlib, mimalloc and the C++ runtime dynamically, and package names, library
# versions and the C library differ between releases. The release is 12 (bookworm): Swift's official images have it, and it is
# what the tests run on. To move, change DEBIAN and the runtime packages together; Debian 13 renames
# them to libmicrohttpd12t64 and libcurl4t64.
ARG DEBIAN=bookworm
ARG SWIFT=6.3

FROM swift:${SWIFT}-${DEBIAN} AS build
RUN apt-get -qq update \
  && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
    libcurl4-openssl-dev libgnutls28-dev libmicrohttpd-dev libmimalloc-dev libpq-dev libsqlite3-dev \
    pkg-config zlib1g-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Dependencies first: this layer is kept until the manifest changes.
COPY Package.swift ./
RUN swift package resolve
COPY Sources ./Sources
# Not built here, but the manifest names targets in both.
COPY Tests ./Tests
COPY examples ./examples
# Swift's own runtime is linked in, so that the runtime image needs no Swift.
RUN swift build -c release --static-swift-stdlib --product podero-gateway \
  && swift build -c release --static-swift-stdlib --product podero-simulator \
  && install -D -t /out "$(swift build -c release --show-bin-path)/podero-gateway" \
    "$(swift build -c release --show-bin-path)/podero-simulator" \
  && strip /out/*

FROM debian:${DEBIAN}-slim AS runtime
# curl is for the health check; it shares libcurl with the gateway.
RUN apt-get -qq update \
  && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
    ca-certificates curl libcurl4 libgnutls30 libmicrohttpd12 libmimalloc2.0 libpq5 libsqlite3-0 \
    libstdc++6 zlib1g \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -m 700 -o 65532 -g 65532 /var/lib/podero-gateway
COPY LICENSE NOTICE /usr/share/doc/podero-gateway/
# A number, so that `runAsNonRoot` can be checked without a look into /etc/passwd.
USER 65532:65532
# The gateway writes its database here and nothing elsewhere, so that the root may be mounted
# read-only, with a volume here.
WORKDIR /var/lib/podero-gateway

# The upstream's double, for trials: docker build --target simulator .
FROM runtime AS simulator
COPY --from=build /out/podero-simulator /usr/local/bin/
# It keeps nothing, and as process 1 it would not notice SIGTERM.
STOPSIGNAL SIGKILL
ENTRYPOINT ["podero-simulator"]

FROM runtime AS gateway
COPY --from=build /out/podero-gateway /usr/local/bin/
VOLUME /var/lib/podero-gateway
# Public listener, admin listener. In a container the configuration must say `address: 0.0.0.0`;
# publish the admin port to operators only.
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/healthz"]
# It drains on SIGTERM for up to 20 s: stop it with a longer grace period.
STOPSIGNAL SIGTERM
ENTRYPOINT ["podero-gateway"]
# Mount the configuration here, and secrets as files beside it or below /run/secrets.
CMD ["serve", "--config", "/etc/podero-gateway/gateway.yaml"]
