import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache

/// Statistics and savings: the upstream's own JSON, passed on and cached.
enum DocumentEndpoints {
  /// One of the two: the last segment of its path, what its query takes, and the call upstream.
  struct Kind: Sendable {
    let path: String
    let parameters: [Parameter]
    let call: @Sendable (HeatPumpAddress, String) -> PoderoCall

    static let statistics = Kind(
      path: "statistics",
      parameters: [
        .resolution,
        Parameter(
          name: "keywords", values: ["savings", "consumption"], summary: "What is wanted."),
      ], call: { .statistics(user: $0.user, id: $0.id, query: $1) })

    static let savings = Kind(
      path: "savings",
      parameters: [
        Parameter(name: "from", summary: "First day or time."),
        Parameter(name: "to", summary: "Last day or time."), .resolution,
      ], call: { .savings(user: $0.user, id: $0.id, query: $1) })
  }

  /// A query parameter that is passed on.
  struct Parameter: Sendable {
    let name: String
    /// The words that may be listed; `nil` for a date or time.
    var values: [String]?
    let summary: String

    static let resolution = Parameter(
      name: "resolution", values: ["1DAY", "1WEEK", "1MONTH", "1QUARTER", "1YEAR"],
      summary: "The lengths of the periods.")
  }

  /// `GET /v1/users/{user_id}/heat-pumps/{heat_pump_id}/…`
  static func byOwner(_ kind: Kind, _ call: Call) throws(GatewayFault) -> Disposition {
    try read(kind, call, HeatPumpAddress(user: try call.id(2), id: try call.id(4)))
  }

  /// `GET /v1/heat-pumps/{ref}/…`
  static func byReference(_ kind: Kind, _ call: Call) throws(GatewayFault) -> Disposition {
    try read(kind, call, try ReadEndpoints.resolve(call, segment: 2))
  }

  private static func read(
    _ kind: Kind, _ call: Call, _ address: HeatPumpAddress
  ) throws(GatewayFault) -> Disposition {
    let app = try call.app
    guard app.maySee(address) else { throw OrganisationService.notFound }
    let upstreamCall = kind.call(address, try query(kind, call.query))
    let directives = call.cacheDirectives
    let requestID = call.requestID
    let context = call.context(
      .read, own: app.organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      // The upstream says nothing of the owner here, so the heat pump itself is asked first.
      _ = try await app.organisation.heatPump(address, ownership(directives), context)
      let served = try await app.organisation.document(upstreamCall, directives, context)
      let document = Representation(
        body: served.value.body, etag: EntityTag(settings: 0, rest: stableHash(served.value.body)))
      return Conditional.apply(
        call.request, document.etag, document.response(served.outcome.headers))
    }
  }

  // Whose it is may be known from long ago, but who wants nothing from upstream gets nothing from
  // there.
  private static func ownership(_ directives: CacheDirectives) -> CacheDirectives {
    guard directives.onlyIfCached else { return .none }
    return CacheDirectives(maxStale: .seconds(31_536_000), onlyIfCached: true)
  }

  private static func query(
    _ kind: Kind, _ query: QueryParameters
  ) throws(GatewayFault) -> String {
    var parts: [String] = []
    for parameter in kind.parameters {
      guard let value = query[parameter.name] else { continue }
      if let allowed = parameter.values {
        let values = value.split(separator: ",", omittingEmptySubsequences: false)
        guard values.allSatisfy({ allowed.contains(String($0)) }) else {
          throw GatewayFault(
            .malformedRequest,
            "The parameter \(parameter.name) takes \(allowed.joined(separator: ", ")).")
        }
      } else if !isDateOrTime(value) {
        throw GatewayFault(
          .malformedRequest, "The parameter \(parameter.name) takes a date or an RFC 3339 time.")
      }
      parts.append("\(parameter.name)=\(percentEncoded(value))")
    }
    return parts.joined(separator: "&")
  }

  private static func isDateOrTime(_ text: String) -> Bool {
    Timestamp(rfc3339: text) != nil || Timestamp(rfc3339: text + "T00:00:00Z") != nil
  }
}

/// Escapes all but what RFC 3986, section 2.3 leaves alone, and the comma that lists are separated
/// by.
func percentEncoded(_ text: String) -> String {
  var out: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ","):
      out.append(byte)
    default:
      let digits = Array("0123456789ABCDEF".utf8)
      out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: out, as: UTF8.self)
}
