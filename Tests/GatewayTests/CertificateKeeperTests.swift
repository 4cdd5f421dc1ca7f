import Configuration
import GatewayCore
import Glibc
import MicrohttpdServer
import TestSupport
import Testing

@testable import Gateway

/// Goal: the files of `listen.tls` are taken as they are now, or the last good ones stay.
/// Method: real files of a real authority, put in each other's place.
@Suite(.enabled(if: CertificateAuthority.isAvailable)) struct CertificateKeeperTests {
  private let folder: TemporaryFolder
  private let authority: CertificateAuthority
  private let log = LogRecorder()
  private let settings: TLSConfiguration

  init() async throws {
    folder = try TemporaryFolder()
    authority = try await CertificateAuthority()
    settings = TLSConfiguration(
      certificate: folder.path + "/tls.crt", key: folder.path + "/tls.key",
      clientAuthority: folder.path + "/ca.crt")
    try folder.write(text(authority.certificate), to: "ca.crt")
    try put(try await authority.sign("first"))
  }

  private func text(_ path: String) -> String {
    String(decoding: readFile(path) ?? [], as: UTF8.self)
  }

  private func put(_ pair: CertificateAuthority.Pair) throws {
    try folder.write(text(pair.certificate), to: "tls.crt")
    try folder.write(text(pair.key), to: "tls.key")
  }

  private func keeper(_ clock: any GatewayClock = SystemClock()) throws -> CertificateKeeper {
    try CertificateKeeper(TLSFiles(settings), clock: clock, logger: log.logger)
  }

  @Test func `files that change are loaded, and only then`() async throws {
    let keeper = try keeper()
    let first = keeper.context.credentials
    keeper.look()
    #expect(keeper.context.credentials === first && keeper.reloads == (0, 0))
    try put(try await authority.sign("second", days: 60))
    keeper.look()
    #expect(keeper.context.credentials !== first && keeper.reloads == (1, 0))
    #expect(keeper.end > SystemClock().wall + .seconds(50 * 86400))
    keeper.look()
    #expect(keeper.reloads == (1, 0))
  }

  @Test func `files that make no pair are refused once, and the last ones stay`() async throws {
    let keeper = try keeper()
    let first = keeper.context.credentials
    let other = try await authority.sign("other")
    try folder.write(text(other.certificate), to: "tls.crt")
    keeper.look()
    keeper.look()
    #expect(keeper.context.credentials === first && keeper.reloads == (0, 1))
    #expect(log.text.contains("is not the key of the certificate"))
    try folder.write("", to: "ca.crt")
    #expect(!keeper.reload())
    #expect(keeper.context.credentials === first)
    try folder.write(text(authority.certificate), to: "ca.crt")
    try folder.write(text(other.key), to: "tls.key")
    keeper.look()
    #expect(keeper.context.credentials !== first)
    #expect(!log.text.contains("PRIVATE KEY"))
  }

  @Test func `all that is wrong with the files is said at once, by setting`() throws {
    chmod(settings.key, 0o644)
    unlink(settings.certificate)
    unlink(settings.clientAuthority ?? "")
    let findings = TLSFiles(settings).check(at: SystemClock().wall)
    #expect(findings.map(\.setting) == ["certificate", "key", "client_ca"])
    #expect(findings.allSatisfy { $0.severity == .error })
    #expect(findings[0].message.contains("No such file"))
    #expect(findings[1].message.contains("can be read by every user (mode 644)"))
    #expect(throws: TLSFiles.Fault.self) { try keeper() }
    chmod(settings.key, 0o640)
    #expect(TLSFiles(settings).check(at: SystemClock().wall).count == 2)
  }

  @Test func `an end that is near, past or not yet begun draws a warning`() throws {
    let now = SystemClock().wall
    let files = TLSFiles(settings)
    #expect(files.check(at: now) == [])
    let soon = files.check(at: now + .seconds(17 * 86400))
    #expect(soon.map(\.severity) == [.warning])
    #expect(soon.first?.message.contains("in 12 days") == true, "\(soon)")
    #expect(
      files.check(at: now + .seconds(31 * 86400)).first?.message.contains("ended at") == true)
    #expect(
      files.check(at: now - .seconds(86400)).first?.message.contains("good from") == true)
    _ = try keeper(ManualClock(wall: (now + .seconds(20 * 86400)).description))
    #expect(log.text.contains("warning certificate: the certificate ends at"))
  }
}
