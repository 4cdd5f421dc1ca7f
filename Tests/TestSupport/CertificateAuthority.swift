import Glibc

/// An authority of the tests, which signs certificates with the `openssl` program.
public final class CertificateAuthority: Sendable {
  /// A certificate and its key, as files in PEM form.
  public struct Pair: Sendable {
    /// The certificate's path.
    public let certificate: String
    /// The key's path; mode 0600.
    public let key: String
  }

  /// Whether the program is there.
  public static let isAvailable = access(openssl, X_OK) == 0

  /// The authority's own certificate, in PEM form.
  public let certificate: String
  private let folder: TemporaryFolder

  /// Makes an authority.
  ///
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public init(_ name: String = "Test CA") async throws {
    folder = try TemporaryFolder()
    certificate = folder.path + "/ca.pem"
    try await run(
      [openssl, "req", "-x509", "-days", "30", "-subj", "/CN=\(name)"]
        + ["-keyout", folder.path + "/ca.key", "-out", certificate] + newKey)
  }

  /// Signs a new certificate.
  ///
  /// - Parameters:
  ///   - name: for the files; another one each time.
  ///   - subject: in `openssl`'s form.
  ///   - extensions: lines of `openssl`'s configuration.
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public func sign(
    _ name: String, subject: String = "/CN=Test server",
    extensions: [String] = ["subjectAltName=IP:127.0.0.1"], days: Int = 30
  ) async throws -> Pair {
    func path(_ suffix: String) -> String { "\(folder.path)/\(name).\(suffix)" }
    try await run(
      [openssl, "req", "-subj", subject, "-keyout", path("key"), "-out", path("csr")] + newKey)
    try folder.write(extensions.map { $0 + "\n" }.joined(), to: name + ".extensions")
    try await run(
      [openssl, "x509", "-req", "-days", "\(days)", "-in", path("csr"), "-CA", certificate]
        + ["-CAkey", folder.path + "/ca.key", "-CAcreateserial"]
        + ["-extfile", path("extensions"), "-out", path("pem")])
    return Pair(certificate: path("pem"), key: path("key"))
  }

  /// Signs a new certificate for clients.
  ///
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public func signClient(
    _ name: String, subject: String, names: String? = nil
  ) async throws -> Pair {
    try await sign(
      name, subject: subject,
      extensions: ["extendedKeyUsage=clientAuth"] + (names.map { ["subjectAltName=\($0)"] } ?? []))
  }
}

private let openssl = "/usr/bin/openssl"
private let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

private func run(_ words: [String]) async throws {
  let ending = try await ChildProcess(words).wait()
  guard ending == .exited(0) else {
    throw ScriptedServerFault(call: words.prefix(2).joined(separator: " "), code: EINVAL)
  }
}
