import GatewayCore

extension SimulatorState {
  private static let unauthorized = HTTPResponse.json(["detail": "Unauthorized"], status: 401)
  private static let notFound = HTTPResponse.json(["detail": "Not Found"], status: 404)
  private static let unreadable = HTTPResponse.json(
    ["detail": "Cannot parse request body"], status: 400)

  /// The real answer to a call: authentication first, then validation, then the look-up.
  mutating func response(_ attempt: Attempt) -> HTTPResponse {
    if attempt.call == .token { return token(attempt) }
    guard let bearer = OAuthEndpoint.bearer(attempt.request),
      tokens.isValid(bearer, at: attempt.moment.monotonic)
    else { return Self.unauthorized }
    let problems = pathProblems(attempt.route)
    switch attempt.call {
    case .update: return update(attempt, problems)
    case .statistics: return report(attempt, .statistics(attempt.route.query, now: attempt.now))
    case .savings: return report(attempt, .savings(attempt.route.query))
    default:
      guard problems.isEmpty else { return ValidationProblem.response(problems) }
      return read(attempt)
    }
  }

  private mutating func token(_ attempt: Attempt) -> HTTPResponse {
    let verdict = OAuthEndpoint.judge(attempt.request, settings)
    guard verdict == .granted else { return OAuthEndpoint.refusal(verdict) }
    let token = tokens.issue(
      lifetime: settings.tokenLifetime, at: attempt.moment.monotonic)
    return OAuthEndpoint.grant(token, settings)
  }

  private func pathProblems(_ route: Route) -> [ValidationProblem] {
    var problems: [ValidationProblem] = []
    for (name, text) in zip(["org_id", "user_id", "heat_pump_id"], route.pathIDs) {
      _ = FieldType.identifier.read(.string(text), at: ["path", name], problems: &problems)
    }
    return problems
  }

  private mutating func read(_ attempt: Attempt) -> HTTPResponse {
    switch attempt.call {
    case .users:
      guard isOrganisation(attempt.route) else { return Self.notFound }
      return .jsonText(usersText)
    case .list:
      guard let user = userNumber(attempt.route) else { return Self.notFound }
      return list(user, attempt)
    default:
      return detail(attempt)
    }
  }

  private mutating func list(_ user: Int, _ attempt: Attempt) -> HTTPResponse {
    let showsDeleted = attempt.includesDeleted
    var body = [UInt8(ascii: "[")]
    for number in estate.heatPumps(ofUser: user) {
      withHeatPump(number, at: attempt.now) { [settings] record in
        guard showsDeleted || !record.isDeleted else { return }
        if body.count > 1 { body.append(UInt8(ascii: ",")) }
        record.appendAnswer(
          to: &body, settings.decimals,
          extra: "\"is_forecasting_enabled\":\(record.isForecastingEnabled)")
      }
    }
    body.append(UInt8(ascii: "]"))
    return .jsonText(body)
  }

  private mutating func detail(_ attempt: Attempt) -> HTTPResponse {
    guard let number = heatPumpNumber(attempt.route) else { return Self.notFound }
    let (showsDeleted, style) = (attempt.includesDeleted, settings.decimals)
    return withHeatPump(number, at: attempt.now) { record in
      guard showsDeleted || !record.isDeleted else { return Self.notFound }
      var body: [UInt8] = []
      let actions = JSONValue.array(record.actions).text
      record.appendAnswer(to: &body, style, extra: "\"actions\":\(actions)")
      return .jsonText(body)
    }
  }

  private mutating func update(
    _ attempt: Attempt, _ pathProblems: [ValidationProblem]
  ) -> HTTPResponse {
    // Django does not read a body without a length.
    let isChunked = attempt.request[.transferEncoding] != nil
    let body: UpdateBody
    switch UpdateBody.read(isChunked ? [] : attempt.request.body) {
    case .unreadable: return Self.unreadable
    case .refused(let problems): return ValidationProblem.response(pathProblems + problems)
    case .accepted(let accepted): body = accepted
    }
    guard pathProblems.isEmpty else { return ValidationProblem.response(pathProblems) }
    guard let number = heatPumpNumber(attempt.route) else { return Self.notFound }
    let writes = body.without(attempt.plan.ignoredFields).writes(settings.putMode)
      .filter { !attempt.plan.ignoredFields.contains($0.field.name) }
    let style = settings.decimals
    return withHeatPump(number, at: attempt.now) { record in
      guard !record.isDeleted else { return Self.notFound }
      record.apply(writes, at: attempt.now)
      var body: [UInt8] = []
      record.appendAnswer(to: &body, style, extra: "")
      return .jsonText(body)
    }
  }

  private mutating func report(_ attempt: Attempt, _ report: Report) -> HTTPResponse {
    let problems = pathProblems(attempt.route) + report.problems
    guard problems.isEmpty else { return ValidationProblem.response(problems) }
    guard let number = heatPumpNumber(attempt.route) else { return Self.notFound }
    return withHeatPump(number, at: attempt.now) { record in
      record.isDeleted ? Self.notFound : report.response(record, now: attempt.now)
    }
  }

  /// The numbers of the heat pumps that a call's own answer shows.
  func heatPumps(shownBy attempt: Attempt) -> [Int] {
    switch attempt.call {
    case .list:
      guard let user = userNumber(attempt.route) else { return [] }
      return Array(estate.heatPumps(ofUser: user))
    case .detail, .update: return heatPumpNumber(attempt.route).map { [$0] } ?? []
    case .token, .users, .statistics, .savings: return []
    }
  }

  private func isOrganisation(_ route: Route) -> Bool {
    route.pathIDs.first.flatMap { ResourceID($0) } == estate.organisation
  }

  private func userNumber(_ route: Route) -> Int? {
    guard isOrganisation(route), route.pathIDs.count > 1 else { return nil }
    return ResourceID(route.pathIDs[1]).flatMap { estate.userNumber($0) }
  }

  /// The heat pump in the path, if it belongs to the user in the path.
  private func heatPumpNumber(_ route: Route) -> Int? {
    guard let user = userNumber(route),
      let number = route.heatPump.flatMap({ estate.heatPumpNumber($0) }),
      estate.owner(ofHeatPump: number) == user
    else { return nil }
    return number
  }
}

extension Attempt {
  fileprivate var includesDeleted: Bool {
    ["true", "1", "yes", "on"].contains(route.query["include_deleted"]?.lowercased() ?? "")
  }
}

extension HTTPResponse {
  /// An answer whose JSON text is ready.
  static func jsonText(_ body: [UInt8]) -> HTTPResponse {
    HTTPResponse(status: 200, headers: [.init("Content-Type", "application/json")], body: body)
  }
}
