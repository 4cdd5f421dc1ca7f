import Credentials
import GatewayCore
import Glibc
import TestSupport
import Testing

/// Goal: the encryption key is read from a private place or made in one, and never shown.
/// Method: an injected environment, and files in a folder of the test's own.
@Suite struct EncryptionKeyTests {
  private let folder: TemporaryFolder
  private let text = Base64.text([UInt8](repeating: 7, count: 32))

  init() throws { folder = try TemporaryFolder() }

  private func reason(
    _ reference: SecretReference, _ reader: SecretReader = SecretReader()
  ) -> EncryptionKeyFault.Reason? {
    do throws(EncryptionKeyFault) {
      _ = try EncryptionKey(reference, reader: reader)
      return nil
    } catch {
      return error.reason
    }
  }

  private func reason(making path: String) -> EncryptionKeyFault.Reason? {
    do throws(EncryptionKeyFault) {
      _ = try EncryptionKeyFile.readOrMake(path)
      return nil
    } catch {
      return error.reason
    }
  }

  // Whether two keys are the same shows only in what they open.
  private func isSame(_ left: EncryptionKey, _ right: EncryptionKey) throws -> Bool {
    let sealed = try SecretSealer(key: left).seal(Secret("x"), for: "test")
    return (try? SecretSealer(key: right).open(sealed, for: "test")) == Secret("x")
  }

  private func mode(of path: String) -> UInt32 {
    var status = stat()
    return lstat(path, &status) == 0 ? UInt32(status.st_mode & 0o7777) : 0
  }

  private var names: [String] {
    guard let directory = opendir(folder.path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  @Test func `a key is read from a file and from the environment`() throws {
    let path = try folder.write(text + "\n", to: "key")
    let reader = SecretReader(environment: { [text] in $0 == "KEY" ? text : nil })
    let fromFile = try EncryptionKey(.file(path), reader: reader)
    #expect(try isSame(fromFile, EncryptionKey(.environment("KEY"), reader: reader)))
    #expect(reason(.environment("NONE"), reader) == .secret(.missing))
  }

  @Test(arguments: [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
  func `a file that others have a right to is refused`(mode: UInt32) throws {
    let path = try folder.write(text, to: "key")
    chmod(path, mode)
    #expect(reason(.file(path)) == .exposed(mode: mode))
    #expect(reason(making: path) == .exposed(mode: mode))
    chmod(path, 0o400)
    _ = try EncryptionKey(.file(path))
  }

  @Test(arguments: ["AAAA", "not base64", String(repeating: "A", count: 64)])
  func `what is not 32 bytes in base64 is refused and left alone`(content: String) throws {
    let path = try folder.write(content, to: "key")
    #expect(reason(making: path) == .malformed)
    #expect(names == ["key"])
    #expect(EncryptionKey(base64: Secret(content)) == nil)
  }

  @Test func `a missing file is made once, private and whole`() throws {
    let path = folder.path + "/gateway.key"
    let made = try EncryptionKeyFile.readOrMake(path)
    #expect(mode(of: path) == 0o600)
    #expect(names == ["gateway.key"])
    #expect(try isSame(made, EncryptionKeyFile.readOrMake(path)))
    #expect(try isSame(made, EncryptionKey(.file(path))))
    let other = try EncryptionKeyFile.readOrMake(folder.path + "/other.key")
    #expect(try !isSame(made, other))
  }

  @Test func `of many that make it at the same time, all get the same key`() async throws {
    let path = folder.path + "/gateway.key"
    let keys = try await withThrowingTaskGroup(of: EncryptionKey.self) { group in
      for _ in 0..<16 { group.addTask { try EncryptionKeyFile.readOrMake(path) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for key in keys { #expect(try isSame(key, keys[0])) }
    #expect(names == ["gateway.key"])
  }

  @Test func `a file that cannot be made says why`() {
    #expect(reason(making: folder.path + "/none/gateway.key") == .unwritable(errno: ENOENT))
  }

  @Test func `a folder in the file's place is refused`() {
    #expect(reason(making: folder.path) == .secret(.notAFile))
  }

  @Test func `a fault names the place`() {
    let fault = EncryptionKeyFault(.file("/k"), .exposed(mode: 0o644))
    #expect("\(fault)" == "file /k is open to others than its owner (mode 644); use 0600")
  }
}
