import GatewayCore

/// Finds the endpoint for a path and a method.
struct Router: Sendable {
  private enum Segment: Sendable {
    case literal([UInt8])
    case parameter
  }

  private struct Resource: Sendable {
    let segments: [Segment]
    var endpoints: [(method: HTTPMethod, index: Int)]
  }

  /// What was found.
  enum Match {
    /// The endpoint with that place in the table.
    case endpoint(Int)
    /// The path is known, but takes only these methods.
    case otherMethods([HTTPMethod])
    /// No such path.
    case nothing
  }

  private var byCount: [[Resource]] = Array(
    repeating: [], count: RequestPath.mostSegments + 1)

  /// Creates a router.
  ///
  /// - Parameter endpoints: methods and templates such as `/v1/heat-pumps/{ref}`, in the order of
  ///   the table that the matches point into. Of two templates that match, the earlier counts.
  init(_ endpoints: [(method: HTTPMethod, template: String)]) {
    var templates: [String] = []
    for (index, endpoint) in endpoints.enumerated() {
      let parts = endpoint.template.dropFirst().split(
        separator: "/", omittingEmptySubsequences: false)
      if let place = templates.filter({ Self.count($0) == parts.count })
        .firstIndex(of: endpoint.template)
      {
        byCount[parts.count][place].endpoints.append((endpoint.method, index))
        continue
      }
      templates.append(endpoint.template)
      byCount[parts.count].append(
        Resource(
          segments: parts.map { $0.hasPrefix("{") ? .parameter : .literal(Array($0.utf8)) },
          endpoints: [(endpoint.method, index)]))
    }
  }

  /// Finds the endpoint; `HEAD` is served by `GET`.
  func match(_ method: HTTPMethod, _ path: RequestPath, _ target: Span<UInt8>) -> Match {
    for resource in byCount[path.count] where fits(resource, path, target) {
      for endpoint in resource.endpoints
      where endpoint.method == method || method == .head && endpoint.method == .get {
        return .endpoint(endpoint.index)
      }
      var methods = resource.endpoints.map(\.method)
      if methods.contains(.get) { methods.append(.head) }
      return .otherMethods(methods)
    }
    return .nothing
  }

  private func fits(_ resource: Resource, _ path: RequestPath, _ target: Span<UInt8>) -> Bool {
    for index in 0..<path.count {
      let range = path.segment(index)
      switch resource.segments[index] {
      case .parameter:
        if range.isEmpty { return false }
      case .literal(let bytes):
        guard bytes.count == range.count else { return false }
        for offset in 0..<bytes.count where bytes[offset] != target[range.lowerBound + offset] {
          return false
        }
      }
    }
    return true
  }

  private static func count(_ template: String) -> Int {
    template.dropFirst().split(separator: "/", omittingEmptySubsequences: false).count
  }
}
