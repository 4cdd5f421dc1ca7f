import Credentials
import GatewayCore
import Glibc
import TestSupport
import Testing

/// Goal: a secret is read exactly, or refused with a reason that names its place and no more.
/// Method: an injected environment, and real files in a directory of the test's own.
@Suite struct SecretReaderTests {
  @Test func `an environment variable is read as it is`() throws {
    let reader = SecretReader(environment: { $0 == "NAME" ? "va lue\n" : nil })
    let reading = try reader.read(.environment("NAME"))
    #expect(reading.secret.revealedForTest == "va lue\n")
    #expect(reading.warning == nil)
  }

  @Test(arguments: [
    (nil, SecretFault.Reason.missing), ("", .empty), ("a\0b", .containsNUL),
    (String(repeating: "x", count: 65537), .tooLarge),
  ])
  func `a bad variable is refused with its reason`(
    value: String?, reason: SecretFault.Reason
  ) {
    let reference = SecretReference.environment("NAME")
    #expect(throws: SecretFault(reference, reason)) {
      try SecretReader(environment: { _ in value }).read(reference)
    }
  }

  @Test(arguments: [
    ("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"),
    ("s3cret\n\n", "s3cret\n"), (" s3cret ", " s3cret "),
  ])
  func `one trailing newline of a file is dropped`(content: String, secret: String) throws {
    try withFile(content) { (path: String) throws in
      #expect(try SecretReader().read(.file(path)).secret.revealedForTest == secret)
    }
  }

  @Test(arguments: [
    ("", SecretFault.Reason.empty), ("\n", .empty), ("a\0b", .containsNUL),
    (String(repeating: "x", count: 65537), .tooLarge),
    (String(repeating: "x", count: 200_000), .tooLarge),
  ])
  func `a bad file is refused with its reason`(
    content: String, reason: SecretFault.Reason
  ) throws {
    try withFile(content) { (path: String) throws in
      #expect(throws: SecretFault(.file(path), reason)) {
        try SecretReader().read(.file(path))
      }
    }
  }

  @Test func `the largest allowed file is read`() throws {
    try withFile(String(repeating: "x", count: 65536) + "\n") { (path: String) throws in
      #expect(try SecretReader().read(.file(path)).secret.count == 65536)
    }
  }

  @Test func `a missing file and a directory are told apart`() {
    #expect(throws: SecretFault(.file("/nonexistent/secret"), .missing)) {
      try SecretReader().read(.file("/nonexistent/secret"))
    }
    #expect(throws: SecretFault(.file("/tmp"), .notAFile)) {
      try SecretReader().read(.file("/tmp"))
    }
  }

  @Test func `a file that everybody can read brings a warning, others don't`() throws {
    try withFile("s3cret", mode: 0o644) { (path: String) throws in
      let warning = try SecretReader().read(.file(path)).warning
      #expect(warning == SecretWarning(reference: .file(path), mode: 0o644))
      #expect(warning?.description.contains("644") == true)
    }
    try withFile("s3cret", mode: 0o640) { (path: String) throws in
      #expect(try SecretReader().read(.file(path)).warning == nil)
    }
  }

  @Test func `a rotated file is picked up by the next reading`() throws {
    try withFile("old") { (path: String) throws in
      let reader = SecretReader()
      let source: CredentialSlots.Source = { () throws(SecretFault) in
        try ClientCredentials(
          clientID: .file(path), clientSecret: .file(path), reader: reader)
      }
      #expect(try source().clientID == "old")
      write("new", to: path)
      #expect(try source().clientSecret.revealedForTest == "new")
    }
  }

  @Test func `a client name that is not text is refused`() throws {
    try withFile("") { (path: String) throws in
      write([0xFF, 0xFE], to: path)
      #expect(throws: SecretFault(.file(path), .notText)) {
        try ClientCredentials(
          clientID: .file(path), clientSecret: .file(path), reader: SecretReader())
      }
    }
  }

  private func withFile(
    _ content: String, mode: mode_t = 0o600, _ body: (String) throws -> Void
  ) throws {
    var template = Array("/tmp/secret-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    #expect(descriptor >= 0)
    close(descriptor)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    write(content, to: path)
    #expect(chmod(path, mode) == 0)
    try body(path)
  }

  private func write(_ content: String, to path: String) {
    write(Array(content.utf8), to: path)
  }

  private func write(_ bytes: [UInt8], to path: String) {
    let descriptor = open(path, O_WRONLY | O_TRUNC)
    defer { close(descriptor) }
    #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
  }
}

/// Goal: the Basic header is what RFC 7617 and the upstream's server expect.
/// Method: known pairs and their base64, among them the RFC's own example.
@Suite struct ClientCredentialsTests {
  @Test(arguments: [
    ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuJTIwc2VzYW1l"),
    ("id", "secret", "aWQ6c2VjcmV0"),
    ("a", "b", "YTpi"),
    ("ab", "c", "YWI6Yw=="),
    ("a:b", "p%w+d", "YSUzQWI6cCUyNXclMkJk"),
    ("ü", "x", "JUMzJUJDOng="),
  ])
  func `id and secret are encoded only where they must be`(
    id: String, secret: String, expected: String
  ) {
    let credentials = ClientCredentials(clientID: id, clientSecret: Secret(secret))
    #expect(credentials.basicAuthorization.revealedForTest == "Basic " + expected)
  }

  @Test func `no textual form shows the secret`() {
    let credentials = ClientCredentials(clientID: "id", clientSecret: Secret("canary"))
    #expect(!"\(credentials) \(String(reflecting: credentials))".contains("canary"))
  }
}
