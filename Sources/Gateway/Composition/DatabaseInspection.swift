public import Configuration
public import GatewayCore
import Storage

/// A gateway's database in the hands of an operator or an auditor. The gateway may run meanwhile.
public struct DatabaseInspection: Sendable {
  /// Why something could not be done.
  public enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The database is not there, cannot be read at present, or is no file.
    case unreadable(String)
    /// It is not a gateway's database, or not wholly one any more.
    case damaged(String)
    /// The copy cannot be written.
    case unwritable(String)

    /// The words, for people.
    public var description: String {
      switch self {
      case .unreadable(let words), .damaged(let words), .unwritable(let words): words
      }
    }
  }

  /// What to show of the audit trail.
  public struct Selection: Sendable {
    /// How many records at most, the newest first.
    public var count: Int
    /// Only those about this heat pump; `nil` for all.
    public var heatPump: ResourceID?
    /// Only those from then on; `nil` for all.
    public var since: Timestamp?

    /// Creates a selection.
    public init(count: Int, heatPump: ResourceID? = nil, since: Timestamp? = nil) {
      self.count = count
      self.heatPump = heatPump
      self.since = since
    }
  }

  private let backend: StorageConfiguration.Backend
  private let aliases: [String: ResourceID]

  /// For the file at a path.
  public init(path: String) {
    backend = .sqlite(path: path)
    aliases = [:]
  }

  /// For the database that a configuration names. Of its secrets, just a server's URL is read.
  public init(_ configuration: GatewayConfiguration) {
    backend = configuration.storage.backend
    aliases = Dictionary(
      configuration.heatPumps.map { ($0.alias, $0.heatPumpID) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The heat pump of an id, or of an alias of the configuration.
  ///
  /// - Returns: `nil` for anything else.
  public func heatPump(_ text: String) -> ResourceID? {
    ResourceID(text) ?? aliases[text]
  }

  /// Reads the whole audit trail and checks its hash chain.
  ///
  /// - Parameter knownHash: the hash of a record that was noted earlier, and has to be there: the
  ///   chain alone does not show that the newest records were cut off, or that all were made anew.
  /// - Throws: ``Fault``.
  public func verifyAudit(knownHash: [UInt8]? = nil) async throws(Fault) -> AuditVerdict {
    try await reading { reader throws(StorageFault) in
      try await AuditCheck.run(reader, knownHash: knownHash)
    }
  }

  /// Hands out the records of the audit trail from the newest to the oldest.
  ///
  /// - Throws: ``Fault``.
  public func listAudit(
    _ selection: Selection, _ show: @escaping @Sendable (AuditLine) -> Void
  ) async throws(Fault) {
    try await reading { reader throws(StorageFault) in
      var rest = selection.count
      var position: Int64?
      while rest > 0 {
        let records = try await reader.auditTrail(
          before: position, of: selection.heatPump, since: selection.since,
          limit: min(rest, AuditCheck.pageSize))
        guard let last = records.last else { return }
        for record in records { show(AuditLine(record)) }
        position = last.sequence
        rest -= records.count
      }
    }
  }

  /// Writes a copy of the database, as it is at one moment, to a new file.
  ///
  /// - Throws: ``Fault``; ``Fault/unwritable(_:)`` if the file exists already or cannot be written;
  ///   ``Fault/unreadable(_:)`` if the database is on a server, which has better means.
  public func backup(to target: String) async throws(Fault) {
    if case .postgres(let postgres) = backend {
      throw .unreadable(
        "storage: the database is on a server; use pg_dump --schema=\(postgres.schema)")
    }
    let fault = try await reading { reader throws(StorageFault) -> StorageFault? in
      guard let reader = reader as? any CopyingReader else {
        throw .unavailable("it cannot be copied")
      }
      do throws(StorageFault) {
        try await reader.backup(to: target)
        return nil
      } catch {
        guard case .unavailable = error else { throw error }
        return error
      }
    }
    guard case .unavailable(let words) = fault else { return }
    throw .unwritable(words.contains(target) ? words : "\(target): \(words)")
  }

  private func reading<Value: Sendable>(
    _ body: @Sendable (any StorageReader) async throws(StorageFault) -> Value
  ) async throws(Fault) -> Value {
    do {
      return try await StorageSetup.reading(backend, body)
    } catch {
      switch error {
      case .damaged(let words): throw .damaged(words)
      case .unavailable(let words): throw .unreadable(words)
      case .leaseLost, .outdated: throw .unreadable("\(error)")
      }
    }
  }
}
