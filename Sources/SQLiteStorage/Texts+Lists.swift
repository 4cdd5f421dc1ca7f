import GatewayCore
import Storage

extension Texts {
  /// Numbers as an array, for a statement to take apart.
  static func numbers(_ numbers: [Int64]) -> String {
    "[" + numbers.map(String.init).joined(separator: ",") + "]"
  }

  /// The two lists of a selection as arrays, for a statement to take apart: of texts, and of ids as
  /// SQLite's `hex` gives them.
  static func lists(_ selection: EventSelection) -> (types: String?, heatPumps: String?) {
    let heatPumps = selection.heatPumps?.map { id in
      "\"" + id.description.uppercased().filter { $0 != "-" } + "\""
    }
    return (
      selection.types.map { String(decoding: names($0), as: UTF8.self) },
      heatPumps.map { "[" + $0.joined(separator: ",") + "]" }
    )
  }
}
