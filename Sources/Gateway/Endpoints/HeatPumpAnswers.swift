import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache

/// What of a heat pump a request wants to see, and in which form.
struct ReadForm: Sendable {
  var groups: Set<String>?
  var isUpstreamView = false
  let seesPersonalData: Bool

  /// Reads `fields` and `view`.
  ///
  /// - Throws: ``GatewayFault``: `malformed-request`, or `forbidden` for a view beyond the scopes.
  init(_ query: QueryParameters, _ app: App) throws(GatewayFault) {
    seesPersonalData = app.seesPersonalData
    if let fields = query["fields"] {
      let names = Set(fields.split(separator: ",").map(String.init))
      let unknown = names.subtracting(RepresentationContext.groupNames)
      guard unknown.isEmpty, !names.isEmpty else {
        throw GatewayFault(
          .malformedRequest,
          "The parameter fields takes names of top-level members: "
            + RepresentationContext.groupNames.sorted().joined(separator: ", ") + ".")
      }
      groups = names
    }
    switch query["view"] {
    case nil: break
    case "upstream":
      guard app.scopes.isSuperset(of: [.heatPumpsAdmin, .personalDataRead]) else {
        throw GatewayFault(
          .forbidden, "view=upstream needs the scopes heat-pumps:admin and personal-data:read.")
      }
      isUpstreamView = true
    default:
      throw GatewayFault(.malformedRequest, "The parameter view takes only upstream.")
    }
  }

  /// The plain form of an app, without parameters.
  init(_ app: App) {
    seesPersonalData = app.seesPersonalData
  }

  /// The representation in this form.
  func representation(
    _ entry: CachedHeatPump, health: UpstreamHealth, wall: Timestamp
  ) -> Representation {
    if isUpstreamView {
      let body = entry.document.upstream
      return Representation(
        body: body,
        etag: EntityTag(settings: entry.document.settingsTag, rest: stableHash(body)))
    }
    return entry.representation(
      includesPersonalData: seesPersonalData, groups: groups, health: health, wall: wall)
  }
}

/// `If-None-Match` (RFC 9110, section 13.1.2).
enum Conditional {
  /// Turns a 200 answer into 304 if the caller has that state already.
  static func apply(
    _ request: HTTPRequest, _ etag: EntityTag, _ response: HTTPResponse
  ) -> HTTPResponse {
    guard matches(request, etag) else { return response }
    var notModified = response
    notModified.status = 304
    notModified.body = []
    notModified.headers.removeAll { $0.name == "Content-Type" }
    return notModified
  }

  @inline(__always)
  static func matches(_ request: HTTPRequest, _ etag: EntityTag) -> Bool {
    guard request.count(of: .ifNoneMatch) > 0, let header = request[.ifNoneMatch] else {
      return false
    }
    if header == "*" { return true }
    return header.split(separator: ",").contains { part in
      EntityTag(part.drop { $0 == " " || $0 == "\t" }.trimmedEnd) == etag
    }
  }
}

extension Substring {
  fileprivate var trimmedEnd: Substring {
    var text = self
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
