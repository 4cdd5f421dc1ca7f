import GatewayCore

/// One row of the route table: everything about one operation, for the router, for authorisation
/// and for the OpenAPI document.
///
/// A class, so that a request that looks at its row counts one reference and copies nothing.
final class Endpoint: Sendable {
  typealias Handler = @Sendable (Call) throws(GatewayFault) -> Disposition

  /// Who may call it.
  enum Access: Sendable, Equatable {
    /// Everybody.
    case open
    /// Sources that prove themselves to the endpoint by what their hook names.
    case hook
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
  let answers: [Answer]
  let problems: Set<ProblemType>
  let conditions: Conditions
  let handle: Handler

  /// The media types of the first answer, the preferred one first.
  let offers: [MediaType]
  let queryNames: [String]

  /// Creates a row.
  ///
  /// - Parameters:
  ///   - template: the path, such as `/v1/heat-pumps/{ref}`.
  ///   - answers: the answers other than problems; the first is the usual one.
  ///   - problems: the problems of its own, beyond those that every request may meet.
  init(
    id: String, method: HTTPMethod, template: String, access: Access, summary: String,
    query: [QueryParameter] = [], body: BodyDescription? = nil, answers: [Answer],
    problems: Set<ProblemType> = [], conditions: Conditions = .none, handle: @escaping Handler
  ) {
    self.id = id
    self.method = method
    self.template = template
    self.access = access
    self.summary = summary
    self.query = query
    self.body = body
    self.answers = answers
    self.problems = problems
    self.conditions = conditions
    self.handle = handle
    offers = answers.first?.contents.map { MediaType($0.type) } ?? []
    queryNames = query.map(\.name)
  }

  /// A query parameter that the endpoint takes.
  struct QueryParameter: Sendable {
    let name: String
    /// Of an array, the values are separated by commas.
    let schema: JSONValue
    let summary: String
  }

  /// What the endpoint reads.
  struct BodyDescription: Sendable {
    let contentTypes: [String]
    let schema: JSONValue
    let isRequired: Bool
  }

  /// An answer that is no problem.
  struct Answer: Sendable {
    let status: Int
    let summary: String
    let contents: [Content]

    /// One form of it.
    struct Content: Sendable {
      let type: String
      let schema: JSONValue
    }

    /// An answer in one form.
    init(_ status: Int, _ summary: String, _ schema: JSONValue, type: String = "application/json") {
      self.init(status, summary, [Content(type: type, schema: schema)])
    }

    /// An answer in several forms, the preferred one first.
    init(_ status: Int, _ summary: String, _ contents: [Content]) {
      self.status = status
      self.summary = summary
      self.contents = contents
    }
  }

  /// What an admin key allows.
  enum AdminRole: String, Sendable {
    /// To see and steer the gateway.
    case `operator`
    /// To read the metrics.
    case metrics
  }

  /// Whether conditions count, and of what kind (RFC 9110, section 13).
  enum Conditions: Sendable {
    /// None do.
    case none
    /// It answers 304 to a state that the caller has already.
    case read
    /// The same for what never changes while the gateway runs, and belongs to nobody.
    case page
    /// It refuses to change another state than the caller has seen.
    case write
    /// The same for what is counted in versions: answers carry one, changes may name one.
    case version
    /// What it makes is made once per idempotency key.
    case creation
    /// It goes on after what the caller has seen (HTML Standard, section 9.2.4).
    case resume
  }
}

/// Which problems an endpoint can answer with.
enum EndpointProblems {
  /// Those that any request may meet, whatever it is about.
  static let common: Set<ProblemType> = [
    .malformedRequest, .notAcceptable, .requestTimeout, .contentTooLarge, .uriTooLong,
    .headerFieldsTooLarge, .internalError, .shuttingDown,
  ]

  /// Those of an endpoint for apps.
  static let app: Set<ProblemType> = [.unauthenticated, .forbidden, .rateLimited]

  /// Those of the way upstream.
  static let upstream: Set<ProblemType> = [
    .notFound, .upstreamCredentials, .upstreamError, .upstreamUnreadable, .upstreamUnreachable,
    .upstreamThrottled, .upstreamUnavailable, .upstreamTimeout, .upstreamRejected,
  ]

  /// Those of a read.
  static let read = app.union(upstream).union([.notCached])

  /// Those of an event that comes in.
  static let hook: Set<ProblemType> = [
    .unauthenticated, .malformedJSON, .unsupportedMediaType, .storageUnavailable, .upstreamTimeout,
  ]

  /// Those of what the storage knows about operations.
  static let operation = app.union([.notFound, .storageUnavailable, .upstreamTimeout])

  /// Those of a write.
  static let write = app.union(upstream).union([
    .storageUnavailable, .idempotencyInProgress, .idempotencyMismatch, .operationNotCancellable,
    .malformedJSON, .unsupportedMediaType, .preconditionFailed, .invalidPatch, .guardRail,
    .outcomeUnknown,
  ])
}
