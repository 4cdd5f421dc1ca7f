import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache

/// Statistics and savings: the upstream's own JSON, passed on and cached.
enum DocumentEndpoints {
  /// Which of the two, and where the path names the heat pump.
  struct Kind: Sendable {
    let path: String
    let parameters: [(name: String, values: Set<String>?)]
    let call: @Sendable (HeatPumpAddress, String) -> PoderoCall

    static let statistics = Kind(
      path: "statistics",
      parameters: [
        ("resolution", resolutions), ("keywords", ["savings", "consumption"]),
      ],
      call: { .statistics(user: $0.user, id: $0.id, query: $1) })

    static let savings = Kind(
      path: "savings",
      parameters: [("from", nil), ("to", nil), ("resolution", resolutions)],
      call: { .savings(user: $0.user, id: $0.id, query: $1) })

    private static let resolutions: Set<String> = ["1DAY", "1WEEK", "1MONTH", "1QUARTER", "1YEAR"]
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
    let upstreamCall = kind.call(address, try query(kind, try call.query()))
    let directives = call.cacheDirectives
    let requestID = RequestIDs.sane(call.request) ?? call.services.requestIDs.next()
    let context = try call.context(
      .read, own: app.organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      // The upstream says nothing of the owner here, so the heat pump itself is asked first.
      _ = try await app.organisation.heatPump(address, .none, context)
      let served = try await app.organisation.document(upstreamCall, directives, context)
      let document = Representation(
        body: served.value.body, etag: EntityTag(settings: 0, rest: stableHash(served.value.body)))
      return Conditional.apply(
        call.request, document.etag, document.response(served.outcome.headers))
    }
  }

  private static func query(
    _ kind: Kind, _ query: QueryParameters
  ) throws(GatewayFault) -> String {
    var parts: [String] = []
    for (name, allowed) in kind.parameters {
      guard let value = query[name] else { continue }
      if let allowed {
        let values = value.split(separator: ",", omittingEmptySubsequences: false)
        guard values.allSatisfy({ allowed.contains(String($0)) }) else {
          throw GatewayFault(
            .malformedRequest,
            "The parameter \(name) takes \(allowed.sorted().joined(separator: ", ")).")
        }
      } else if !isDateOrTime(value) {
        throw GatewayFault(
          .malformedRequest, "The parameter \(name) takes a date or an RFC 3339 time.")
      }
      parts.append("\(name)=\(percentEncoded(value))")
    }
    return parts.joined(separator: "&")
  }

  private static func isDateOrTime(_ text: String) -> Bool {
    Timestamp(rfc3339: text) != nil || Timestamp(rfc3339: text + "T00:00:00Z") != nil
  }

  // RFC 3986, section 2.3, plus the comma that lists are separated by.
  private static func percentEncoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ","):
        out.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        out += "%"
        for digit in [byte >> 4, byte & 15] {
          out.unicodeScalars.append(Unicode.Scalar(hexDigit(digit)))
        }
      }
    }
    return out.uppercasedEscapes
  }
}

extension String {
  // RFC 3986, section 2.1 prefers upper-case digits in escapes.
  fileprivate var uppercasedEscapes: String {
    guard contains("%") else { return self }
    var out = ""
    var left = 0
    for character in self {
      out += left > 0 ? character.uppercased() : String(character)
      left = character == "%" ? 2 : max(0, left - 1)
    }
    return out
  }
}
