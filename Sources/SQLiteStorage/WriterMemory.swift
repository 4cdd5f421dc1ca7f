import GRDB
import GatewayCore
import Storage

/// What the writer's connection keeps from one transaction to the next.
///
/// It is not safe in itself: only whoever has the writer's `Database` touches it, and the pool
/// gives that to one closure at a time, on one queue.
final class WriterMemory: @unchecked Sendable {
  /// Where the arguments of its statements lie while these run.
  let room = ArgumentRoom()

  private var statements: [Statement?] = []
  private var numbers: [ResourceID: (heatPump: HeatPumpReference, number: Int64)] = [:]

  // Some 2 MiB.
  private static let mostNumbers = 20_000

  /// The statement of a place, see ``KeptStatement``.
  func statement(_ place: Int) -> Statement? {
    place < statements.count ? statements[place] : nil
  }

  func keep(_ statement: Statement, at place: Int) {
    while statements.count <= place { statements.append(nil) }
    statements[place] = statement
  }

  /// Lets go of the statements, without which the connection cannot be closed.
  func forgetStatements() {
    statements = []
  }

  /// The number of a heat pump's row, which never changes and is never removed.
  func number(of heatPump: HeatPumpReference) -> Int64? {
    guard let known = numbers[heatPump.id], known.heatPump == heatPump else { return nil }
    return known.number
  }

  func note(_ number: Int64, of heatPump: HeatPumpReference) {
    if numbers.count >= Self.mostNumbers { numbers = [:] }
    numbers[heatPump.id] = (heatPump, number)
  }

  /// Forgets the numbers: some of the rows may be of a transaction that was undone.
  func forgetNumbers() {
    numbers = [:]
  }
}
