import GatewayCore

/// One row of the route table: everything about one operation, for the router, for authorisation
/// and for the OpenAPI document.
struct Endpoint: Sendable {
  /// Who may call it.
  enum Access: Sendable, Equatable {
    /// Everybody.
    case open
    /// Apps with all of these scopes.
    case app(Scopes)
    /// Holders of an admin key with that role, or the operator.
    case admin(AdminRole)
  }

  let id: String
  let method: HTTPMethod
  let template: String
  let access: Access
  let summary: String
  let query: [QueryParameter]
  let body: BodyDescription?
  let success: SuccessDescription
  let handle: @Sendable (Call) throws(GatewayFault) -> Disposition

  /// A query parameter that the endpoint takes.
  struct QueryParameter: Sendable {
    let name: String
    let schema: JSONValue
    let summary: String
  }

  /// What the endpoint reads.
  struct BodyDescription: Sendable {
    let contentTypes: [String]
    let schema: JSONValue
    let isRequired: Bool
  }

  /// What the endpoint answers with when all is well.
  struct SuccessDescription: Sendable {
    let status: Int
    let summary: String
    let contentType: String
    let schema: JSONValue
  }

  /// What an admin key allows.
  enum AdminRole: String, Sendable {
    /// To see and steer the gateway.
    case `operator`
    /// To read the metrics.
    case metrics
  }

  /// Whether a request to it can change something upstream.
  var writes: Bool {
    if case .app(let scopes) = access { return scopes.contains(.heatPumpsWrite) }
    return false
  }
}
