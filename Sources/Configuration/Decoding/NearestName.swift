/// Finds what a mistyped name was probably meant to be.
enum NearestName {
  /// `; did you mean "x"?`, or nothing if no candidate is near.
  static func hint(for name: String, among candidates: some Sequence<String>) -> String {
    guard let nearest = nearest(to: name, among: candidates) else { return "" }
    return "; did you mean \"\(nearest)\"?"
  }

  static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    let plain = normalized(name)
    let limit = max(1, min(3, plain.count / 3))
    let ranked = candidates.map { (name: $0, distance: distance(plain, normalized($0))) }
      .filter { $0.distance <= limit && $0.name != name }
    return ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
  }

  // Case and the choice between blank, hyphen and underscore are the commonest slips.
  private static func normalized(_ name: String) -> [UInt8] {
    name.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_") }
  }

  // Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        let isEqual = left[i] == right[j]
        var best = min(last[j] + (isEqual ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, beforeLast[j - 1] + 1)
        }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[right.count]
  }
}
