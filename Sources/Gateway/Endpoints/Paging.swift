import GatewayCore
import HeatPumpService
import ResponseCache

/// `?limit=` and `?cursor=` of a list.
struct Page: Sendable {
  static let largest = 500
  static let usual = 100

  let limit: Int
  let after: ResourceID?

  /// Reads the parameters.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  init(_ query: QueryParameters) throws(GatewayFault) {
    limit = try query["limit"].map(Page.limit) ?? Page.usual
    after = try query["cursor"].map(Page.cursor)
  }

  /// The elements of this page, and the cursor of the next if there is one.
  ///
  /// - Parameter sorted: all elements in the order of their ids.
  func slice<Element>(
    _ sorted: [Element], id: (Element) -> ResourceID
  ) -> (elements: ArraySlice<Element>, next: String?) {
    var start = sorted.startIndex
    if let after {
      var end = sorted.endIndex
      while start < end {
        let middle = start + (end - start) / 2
        if id(sorted[middle]) <= after { start = middle + 1 } else { end = middle }
      }
    }
    let elements = sorted[start...].prefix(limit)
    guard let last = elements.last, elements.endIndex < sorted.endIndex else {
      return (elements, nil)
    }
    return (elements, id(last).description)
  }

  static func limit(_ text: String) throws(GatewayFault) -> Int {
    guard let limit = wholeNumber(text), (1...largest).contains(limit) else {
      throw GatewayFault(.malformedRequest, "The parameter limit takes 1 through \(largest).")
    }
    return limit
  }

  private static func cursor(_ text: String) throws(GatewayFault) -> ResourceID {
    guard let id = ResourceID(text) else {
      throw GatewayFault(
        .malformedRequest, "The parameter cursor takes the next_cursor of an earlier page.")
    }
    return id
  }
}
