import Storage

/// Why a statement, or a connection, has failed.
enum PostgresFault: Error, Sendable, Equatable {
  /// The server refuses a statement: its code (PostgreSQL, appendix A) and its words.
  case refused(code: String, words: String)
  /// There is no connection, or there is none any more.
  case lost(String)
  /// What the server keeps is not what a release of the gateway has written, or is too new for
  /// this one.
  case unusable(String)

  /// What it means to whoever asked. The words are the server's own, or the library's, and never
  /// hold a value or the URL.
  var storageFault: StorageFault {
    switch self {
    case .refused(let code, let words):
      let words = "\(words) (SQLSTATE \(code))"
      return Self.damageCodes.contains { code.hasPrefix($0) }
        ? .damaged(words) : .unavailable(words)
    case .lost(let words): return .unavailable(words)
    case .unusable(let words): return .damaged(words)
    }
  }

  /// Whether the same transaction may succeed if it is simply begun again.
  var isPassing: Bool {
    guard case .refused(let code, _) = self else { return false }
    return Self.passingCodes.contains(code)
  }

  /// Whether the connection is of no use any more.
  var isOfTheConnection: Bool {
    switch self {
    case .lost: true
    case .refused(let code, _): Self.connectionCodes.contains { code.hasPrefix($0) }
    case .unusable: false
    }
  }

  /// Whether it says something about the server, and not about the statement.
  var isOfTheServer: Bool {
    switch self {
    case .lost: true
    case .refused(let code, _): Self.serverCodes.contains { code.hasPrefix($0) }
    case .unusable: false
    }
  }

  // No room, no memory, stopped by somebody or for its time, trouble with files, takes no writes.
  private static let serverCodes = ["08", "25006", "53", "57", "58", "XX"]

  // A missing table, column, schema or function; a damaged page or index.
  private static let damageCodes = ["42P01", "42703", "42883", "3F000", "XX001", "XX002"]

  // Lost a race to another transaction, or was the one that had to give way in a deadlock; a
  // subscription or heat pump went just before a row could refer to it; a plan or a prepared
  // statement from before a migration.
  private static let passingCodes: Set<String> = ["40001", "40P01", "23503", "0A000", "26000"]

  // The server ends, is in recovery, or has become a standby that takes no writes.
  private static let connectionCodes = ["08", "57P01", "57P02", "57P03", "25006", "0A000", "26000"]
}
