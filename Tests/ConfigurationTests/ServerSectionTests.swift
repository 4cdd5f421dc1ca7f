import Configuration
import GatewayCore
import Testing

/// Goal: every fault of the server's own settings is named with its place.
/// Method: one small file a fault.
@Suite struct ServerSectionTests {
  @Test(arguments: [
    Expected("listen: {adress: 127.0.0.1}", "listen.adress", 1, "did you mean \"address\""),
    Expected("lisen: {port: 1}", "lisen", 1, "unknown key; did you mean \"listen\""),
    Expected("zzz: 1", "zzz", 1, "unknown key; known: listen, admin"),
    Expected(
      "listen:\n  port: 1\n  port: 2", "listen.port", 3, "duplicate key, first given in line 2"),
    Expected("listen: {port: eighty}", "listen.port", 1, "expected a number, found text"),
    Expected("listen: {port: '80'}", "listen.port", 1, "expected a number, found text"),
    Expected("listen: {port: 65536}", "listen.port", 1, "must be 0 to 65535"),
    Expected("listen: {port: 80.5}", "listen.port", 1, "whole number"),
    Expected("listen: {address: localhost}", "listen.address", 1, "expected an IP address"),
    Expected(
      "listen: {address: 12}", "listen.address", 1, "expected text, found a number; quote it"),
    Expected(
      "listen:\n  tls: {certificate: a.pem}", "listen.tls.key", 2, "required setting is missing"),
    Expected("listen: [1]", "listen", 1, "expected a mapping, found a list"),
    Expected("listen:", "listen", 1, "expected a mapping, found nothing"),
    Expected(
      "admin: {keys: [{sha256: ABC, role: operator}]}", "admin.keys[0].sha256", 1, "64 lower-case"),
    Expected(
      "admin:\n  keys:\n    - {sha256: \(hash(1)), role: root}", "admin.keys[0].role", 3,
      "must be one of operator, metrics"),
    Expected("admin: {session: {idle: PT1S}}", "admin.session.idle", 1, "must be PT1M to P1D"),
    Expected("admin: {session: {lifetime: P8D}}", "admin.session.lifetime", 1, "PT5M to P7D"),
    Expected("admin: {port: 8080}", "admin", 1, "different addresses or ports"),
    Expected(
      "storage: {sqlite: {path: a}, postgres: {url: {env: URL}}}", "storage", 1,
      "exactly one of sqlite, postgres is needed, found sqlite and postgres"),
    Expected("trusted_proxies: [10.0.0.0/33]", "trusted_proxies[0]", 1, "CIDR"),
    Expected("trusted_proxies: 10.0.0.0/8", "trusted_proxies", 1, "expected a list, found text"),
    Expected("log: {level: inf}", "log.level", 1, "did you mean \"info\""),
    Expected("log: {format: yes}", "log.format", 1, "must be one of json, text"),
    Expected(
      "webhooks_out: {timeout: 15}", "webhooks_out.timeout", 1, "expected text, found a number"),
    Expected("webhooks_out: {timeout: 15s}", "webhooks_out.timeout", 1, "ISO 8601"),
    Expected("webhooks_out: {timeout: PT2M}", "webhooks_out.timeout", 1, "must be PT1S to PT1M"),
    Expected("webhooks_out: {allow: ['a b']}", "webhooks_out.allow[0]", 1, "host name"),
    Expected("webhooks_out: {deny: [10.0.0.256]}", "webhooks_out.deny[0]", 1, "CIDR"),
    Expected("limits: {connections: 0}", "limits.connections", 1, "must be 1 to 1000000"),
    Expected("limits: {streams: 1e30}", "limits.streams", 1, "out of range"),
    Expected("cache: {bytes: 1}", "cache.bytes", 1, "must be 1048576 to"),
    Expected("retention: {hook_events: P6D}", "retention.hook_events", 1, "must be P7D to"),
    Expected("retention: {operations: PT1H}", "retention.operations", 1, "must be P1D to"),
    Expected(
      "retention: {hook_event_bytes: 0}", "retention.hook_event_bytes", 1, "must be 1048576 to"),
  ])
  func `a fault is named with its path and line`(expected: Expected) {
    let found = errors(in: expected.text)
    #expect(found.count == 1, "\(found)")
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test func `all settings are read`() throws {
    let loaded = try load(
      """
      listen: {address: "::1", port: 0, threads: 2, tls: {certificate: c, key: k, client_ca: a}}
      admin: {address: 127.0.0.2, port: 9, keys: [{sha256: \(hash(1)), role: metrics, expires: 2099-01-01T00:00:00Z}], session: {idle: PT5M, lifetime: PT1H}}
      storage: {postgres: {url: {env: URL}}, encryption_key: {file: key}}
      trusted_proxies: [10.0.0.5/32, "2001:db8::/32"]
      log: {format: text, level: debug}
      cache: {bytes: 2097152}
      webhooks_out: {allow: [10.0.0.0/8, Hooks.example.com], deny: [10.1.0.0/16], timeout: PT5S}
      limits: {header_bytes: 4096, body_bytes: 4096, request_seconds: 1, response_seconds: 2, idle_seconds: 3, connections: 4, connections_per_address: 5, streams: 6, streams_per_address: 7, streams_per_app: 8, drain: PT7S}
      """
    ).get().configuration
    #expect(loaded.listen.address.description == "::1")
    #expect(loaded.listen.port == 0 && loaded.listen.threads == 2)
    #expect(
      loaded.listen.tls == TLSConfiguration(certificate: "c", key: "k", clientAuthority: "a"))
    #expect(loaded.admin.address.description == "127.0.0.2" && loaded.admin.port == 9)
    let hash = try #require(KeyHash(hexadecimal: hash(1)))
    let expiry = Timestamp(rfc3339: "2099-01-01T00:00:00Z")
    #expect(loaded.admin.keys == [AdminKey(hash: hash, role: .metrics, expires: expiry)])
    #expect(loaded.admin.session.idle == .seconds(300))
    #expect(loaded.admin.session.lifetime == .seconds(3600))
    #expect(loaded.storage.backend == .postgres(PostgresConfiguration(url: .environment("URL"))))
    #expect(loaded.storage.encryptionKey == .file("key"))
    #expect(loaded.trustedProxies.map(\.description) == ["10.0.0.5/32", "2001:db8::/32"])
    #expect(loaded.log.format == .text && loaded.log.level == .debug)
    #expect(loaded.cache.bytes == 2_097_152)
    let range = try #require(AddressRange("10.0.0.0/8"))
    #expect(loaded.webhooksOut.allow == [.range(range), .host("hooks.example.com")])
    #expect(loaded.webhooksOut.deny.count == 1 && loaded.webhooksOut.timeout == .seconds(5))
    let limits = loaded.limits
    #expect(limits.headerBytes == 4096 && limits.bodyBytes == 4096)
    #expect(limits.requestSeconds == 1 && limits.responseSeconds == 2 && limits.idleSeconds == 3)
    #expect(limits.connections == 4 && limits.connectionsPerAddress == 5 && limits.streams == 6)
    #expect(limits.streamsPerAddress == 7 && limits.streamsPerApp == 8)
    #expect(limits.drain == .seconds(7))
  }

  @Test func `a range with bits behind its prefix draws a warning`() {
    let found = problems(in: foundation + "trusted_proxies: [10.1.2.3/8]\n")
    #expect(found.map(\.severity) == [.warning])
    #expect(found.first?.message.contains("10.0.0.0/8") == true)
  }
}
