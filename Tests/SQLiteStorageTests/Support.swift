import Dispatch
import GatewayCore
import Glibc
import Storage

@testable import SQLiteStorage

let heatPump = HeatPumpReference(
  organisation: "north", user: ResourceID(high: 1, low: 1), id: ResourceID(high: 2, low: 1))
let noon = Timestamp(microseconds: 1_795_521_600_000_000)
let request = LaneRequest(
  owner: ResourceID(high: 4, low: 1), now: noon, until: noon + .seconds(60))

func operation(_ number: Int) -> NewOperation {
  NewOperation(
    id: ResourceID(high: 3, low: UInt64(number)), heatPump: heatPump,
    origin: OperationOrigin(kind: .app, name: "comfort", occasion: "\(number)"),
    patch: Array(#"{"away":{"enabled":true}}"#.utf8), acceptedAt: noon,
    expiresAt: noon + .seconds(600))
}

func entry(_ number: Int) -> AuditEntry {
  AuditEntry(
    at: noon, heatPump: heatPump, operationID: operation(number).id,
    origin: operation(number).origin, state: .accepted, changes: Array("{}".utf8))
}

/// Runs a test with a storage in a folder of its own.
func withStorage(
  waitingLimit: Int = 10_000, _ body: (SQLiteStorage) async throws -> Void
) async throws {
  let folder = try TemporaryFolder()
  let storage = try await SQLiteStorage.open(
    path: folder.file("gateway.db"), waitingLimit: waitingLimit)
  do {
    try await body(storage)
  } catch {
    await storage.close()
    throw error
  }
  await storage.close()
}

/// Holds the writer's thread until the test opens it.
final class Gate: Sendable {
  private struct State {
    var hasArrived = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Locked(State())
  private let opened = DispatchSemaphore(value: 0)

  /// Called on the thread to be held.
  func pass() {
    let waiter = state.withLock { state in
      state.hasArrived = true
      return state.waiter
    }
    waiter?.resume()
    opened.wait()
  }

  /// Waits until the thread is held.
  func arrival() async {
    await withCheckedContinuation { continuation in
      let hasArrived = state.withLock { state in
        state.waiter = continuation
        return state.hasArrived
      }
      if hasArrived { continuation.resume() }
    }
  }

  /// Lets it go on.
  func open() { opened.signal() }
}

/// Gives others their turn until so many commands wait.
func gathered(_ count: Int, in storage: SQLiteStorage) async {
  while storage.statistics.waiting < count { await Task.yield() }
}

/// Runs a test with the storage at a path.
func withOpen(_ path: String, _ body: (SQLiteStorage) async throws -> Void) async throws {
  let storage = try await SQLiteStorage.open(path: path)
  do {
    try await body(storage)
  } catch {
    await storage.close()
    throw error
  }
  await storage.close()
}

/// Why a file cannot be opened; `nil` if it can.
func openingFault(_ path: String) async -> StorageFault? {
  do throws(StorageFault) {
    let storage = try await SQLiteStorage.open(path: path)
    await storage.close()
    return nil
  } catch {
    return error
  }
}

/// The rights of a file; `nil` if it is not there.
func mode(of path: String) -> mode_t? {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}

/// Writes into a file, which is made if it is not there.
func write(_ text: String, to path: String, at offset: Int = 0) throws {
  let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw TemporaryFolder.Failure(code: errno) }
  defer { close(descriptor) }
  let bytes = Array(text.utf8)
  guard
    bytes.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, offset) })
      == bytes.count
  else { throw TemporaryFolder.Failure(code: errno) }
}
