public import GatewayCore

/// How far a job has come, as one line for a terminal.
public struct JobProgress: Sendable, Equatable {
  /// The line: a bar, a percentage, and the counts.
  public let line: String
  /// Whether the job has ended.
  public let hasEnded: Bool

  /// Reads a job as its app sees it.
  public init(_ job: JSONValue) {
    let state = job["state"]?.string ?? "unknown"
    let counts = state == "reverting" ? job["revert_counts"] : job["counts"]
    let figures = counts?.object?.members.map { ($0.key, $0.value.integer ?? 0) } ?? []
    let total = figures.reduce(0) { $0 + $1.1 }
    let rest = figures.reduce(0) { $0 + (Self.unfinished.contains($1.0) ? $1.1 : 0) }
    let share = total == 0 ? 1 : Double(total - rest) / Double(total)
    let filled = Int(share * Double(Self.width))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
    let words = figures.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.replacing("_", with: " "))" }
    line = "[\(bar)] \(Int(share * 100)) %  \(state): \(words.joined(separator: ", "))"
    hasEnded = job["ended_at"]?.isNull == false
  }

  private static let width = 30
  private static let unfinished = ["not_begun", "in_progress"]
}
