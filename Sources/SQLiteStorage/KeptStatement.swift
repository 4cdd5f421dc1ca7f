import GRDB
import GatewayCore

/// What a statement is prepared from.
protocol StatementText {
  /// The statement, prepared at its first use on the connection.
  func prepared(_ database: Database, _ memory: WriterMemory?) throws -> Statement
}

extension String: StatementText {
  func prepared(_ database: Database, _ memory: WriterMemory?) throws -> Statement {
    try database.cachedStatement(sql: self)
  }
}

/// A statement that runs with every write, with its place among those that the writer keeps
/// prepared: looking for it by its text would cost as much as running it.
struct KeptStatement: StatementText {
  private let text: String
  private let place: Int

  private static let count = Locked(0)

  /// Declares a statement; once for each text, since places are not given back.
  init(_ text: String) {
    self.text = text
    place = Self.count.withLock { count in
      defer { count += 1 }
      return count
    }
  }

  func prepared(_ database: Database, _ memory: WriterMemory?) throws -> Statement {
    guard let memory else { return try database.cachedStatement(sql: text) }
    if let known = memory.statement(place) { return known }
    let made = try database.makeStatement(sql: text)
    memory.keep(made, at: place)
    return made
  }
}
