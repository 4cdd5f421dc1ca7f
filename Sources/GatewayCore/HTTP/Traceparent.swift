/// Whether a text is a `traceparent` (W3C Trace Context, section 3.2) of version 00 whose ids are
/// not all zeros.
public func isTraceparent(_ text: String) -> Bool {
  guard text.utf8.count == 55 else { return false }
  let parts = text.split(separator: "-", omittingEmptySubsequences: false)
  return parts.map(\.utf8.count) == [2, 32, 16, 2] && parts[0] == "00"
    && parts.allSatisfy { part in
      part.utf8.allSatisfy { hexValue($0) != nil && !($0 >= 65 && $0 <= 70) }
    }
    && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
}
