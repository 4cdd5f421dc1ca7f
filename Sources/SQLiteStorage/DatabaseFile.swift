import CSQLiteShims
import GRDB
import Storage

/// Finds or makes the database file, and brings it to the present schema.
struct DatabaseFile: Sendable {
  /// Where it lies.
  let path: String
  /// How long to wait for somebody else's lock, in seconds.
  let busySeconds: Double

  /// Opens it. Blocks.
  ///
  /// - Throws: `unavailable` if it cannot be written at present; `damaged` if it is not, or not
  ///   wholly, a database that this release can read.
  func open() throws(StorageFault) -> DatabasePool {
    do {
      if let status = try Files.status(of: path) {
        try refuseOddity(status)
        // SQLite would give the files beside it the same rights, and leave them behind.
        try Files.requireWritable(path)
        try Files.requireWritable(Files.folder(of: path))
        try prepare(path)
      } else {
        try create()
      }
      let pool = try DatabasePool(path: path, configuration: configuration)
      // Opening relaxes this to NORMAL, with which a power cut may take back what was promised.
      try pool.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA synchronous = FULL")
        // 16 MiB of log between checkpoints, and as much memory: bursts touch the pages of many
        // heat pumps, and each checkpoint waits for the disk twice.
        try database.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
        try database.execute(sql: "PRAGMA cache_size = -16384")
        try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
      }
      return pool
    } catch {
      throw StorageFault(error).naming(path)
    }
  }

  // Once, and before the first connection. Where somebody was faster, all goes on a little slower.
  private static let frugality = gw_sqlite_count_no_memory()

  var configuration: Configuration {
    _ = Self.frugality
    var configuration = Configuration()
    configuration.label = "storage"
    configuration.busyMode = .timeout(busySeconds)
    configuration.maximumReaderCount = 4
    // A transaction that cannot be rolled back at present is no reason to end the process; the next
    // group of commands begins with another try.
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA trusted_schema = OFF")
    }
    return configuration
  }

  // An empty file is not one that was just made (see `create`): somebody has emptied it.
  private func refuseOddity(_ status: Files.Status) throws(StorageFault) {
    guard status.isFile else { throw .damaged("it is not a file") }
    guard status.size > 0 else { throw .damaged("it is empty; remove it to begin anew") }
  }

  // The file is complete before it gets its name, so that a crash in between leaves nothing that
  // looks like a database and is none.
  private func create() throws {
    guard try Files.status(of: path + "-wal")?.size ?? 0 == 0 else {
      throw StorageFault.damaged("it is missing, but its write-ahead log is there")
    }
    try Files.makeFolder(Files.folder(of: path))
    let unfinished = path + ".new"
    for suffix in ["", "-journal", "-wal", "-shm"] { Files.remove(unfinished + suffix) }
    try Files.makeFile(unfinished)
    defer { Files.remove(unfinished) }
    try prepare(unfinished)
    // If somebody else was faster, theirs is as good.
    if try !Files.publish(unfinished, as: path) { try prepare(path) }
  }

  private func prepare(_ path: String) throws {
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.inDatabase { try Schema.check($0, mayBeBlank: true) }
    try Schema.migrator.migrate(queue)
    try queue.close()
  }
}

extension StorageFault {
  /// The same with the file's name before the words.
  func naming(_ path: String) -> StorageFault {
    switch self {
    case .unavailable(let words): .unavailable("\(path): \(words)")
    case .damaged(let words): .damaged("\(path): \(words)")
    case .leaseLost, .outdated: self
    }
  }
}
