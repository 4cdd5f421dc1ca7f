import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import Storage

/// Fleet jobs of an app: made, looked at, stopped.
enum JobEndpoints {
  /// `POST /v1/jobs`
  static func create(_ call: Call) throws(GatewayFault) -> Disposition {
    let app = try call.app
    let body = try JSONBody.read(call.request, types: ["application/json"])
    let directory = app.organisation.directory
    let form = JobForm(
      rules: app.writeRules, seesPersonalData: app.seesPersonalData,
      now: call.services.clock.wall
    ) { reference in directory.resolve(reference).flatMap { app.maySee($0) ? $0 : nil } }
    let wanted = try form.read(body)
    let key = try WritePreferences.key(call.request, app: app)
    let requestID = call.requestID
    let context = call.context(
      .job, own: app.organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline + .seconds(2), requestID: requestID) {
      () async throws(GatewayFault) in
      let selected = try await app.organisation.select(
        wanted.selection, maySee: { app.maySee($0) }, context)
      try check(selected)
      if wanted.isDryRun { return preview(wanted.order, selected, app) }
      var order = wanted.order
      order.traceparent = context.traceparent
      let job = try await app.organisation.createJob(
        order, of: selected.addresses, app: app.name, key: key)
      let (present, tally) = try await app.organisation.job(job.id, of: app.name)
      var answer = answer(present, tally, status: 202)
      answer.headers.append(.init("Location", "/v1/jobs/\(job.id)"))
      return answer
    }
  }

  /// `GET /v1/jobs`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let app = try call.app
    let page = try OperationPage(call.query)
    return call.later(for: app) { () async throws(GatewayFault) in
      let found = try await app.organisation.jobs(
        of: app.name, before: page.before, limit: page.limit + 1)
      let shown = found.prefix(page.limit)
      let next = found.count > page.limit ? shown.last.map { String($0.job.sequence) } : nil
      return .json(
        [
          "items": .array(shown.map { .object($0.job.representation($0.tally)) }),
          "next_cursor": next.map(JSONValue.string) ?? .null,
        ], headers: [noStore])
    }
  }

  /// `GET /v1/jobs/{job_id}`
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, id) = (try call.app, try id(call))
    return call.later(for: app) { () async throws(GatewayFault) in
      let (job, tally) = try await app.organisation.job(id, of: app.name)
      return answer(job, tally)
    }
  }

  /// `POST /v1/jobs/{job_id}/cancel`
  static func cancel(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, id) = (try call.app, try id(call))
    let reverts = try reverts(call.request)
    return call.later(for: app) { () async throws(GatewayFault) in
      let (job, tally) = try await app.organisation.cancel(id, of: app.name, reverts: reverts)
      return answer(job, tally, status: job.course.state.isOpen ? 202 : 200)
    }
  }

  private static func check(_ selected: SelectedHeatPumps) throws(GatewayFault) {
    let count = selected.addresses.count
    guard count > 0 else {
      throw JobForm.fault([
        .init(pointer: "", code: "not_found", detail: "the choice holds no heat pump")
      ])
    }
    guard count <= JobOrder.largest else {
      throw JobForm.fault([
        .init(
          pointer: "", code: "out_of_range",
          detail: "the choice holds \(count) heat pumps, and \(JobOrder.largest) is the most")
      ])
    }
  }

  private static func preview(
    _ order: JobOrder, _ selected: SelectedHeatPumps, _ app: App
  ) -> HTTPResponse {
    let preview = app.organisation.preview(order, of: selected)
    let directory = app.organisation.directory
    var shown = order.representation
    shown["heat_pumps"] = .number(ExactDecimal(preview.heatPumps))
    shown["unread"] = .number(ExactDecimal(preview.unread))
    shown["unchanged"] = .number(ExactDecimal(preview.unchanged))
    shown["refused"] = .number(ExactDecimal(preview.refusedCount))
    shown["refusals"] = .array(
      preview.refused.map { refusal in
        [
          "heat_pump_id": .string(refusal.address.id.description),
          "user_id": .string(refusal.address.user.description),
          "alias": directory.alias(of: refusal.address.id).map(JSONValue.string) ?? .null,
          "reason": .string(refusal.reason),
        ]
      })
    return .json(.object(shown), headers: [noStore])
  }

  /// Whether the body of a cancellation wants what was changed put back; `nil` if it says nothing.
  ///
  /// - Throws: ``GatewayFault``.
  static func reverts(_ request: HTTPRequest) throws(GatewayFault) -> Bool? {
    guard !request.body.isEmpty else { return nil }
    let body = try JSONBody.read(request, types: ["application/json"])
    guard let members = body.object, members.keys.allSatisfy({ $0 == "revert" }) else {
      throw JobForm.fault([
        .init(
          pointer: "", code: "wrong_type",
          detail: "must be an object with revert and nothing else")
      ])
    }
    guard let value = members["revert"] else { return nil }
    guard let reverts = value.bool else {
      throw JobForm.fault([
        .init(pointer: "/revert", code: "wrong_type", detail: "must be true or false")
      ])
    }
    return reverts
  }

  static func id(_ call: Call, _ segment: Int = 2) throws(GatewayFault) -> ResourceID {
    guard let id = ResourceID(try call.text(segment)) else {
      throw GatewayFault(.notFound, "There is no such job.")
    }
    return id
  }

  static let noStore = HTTPResponse.Header("Cache-Control", "no-store")

  private static func answer(
    _ job: StoredJob, _ tally: JobTally, status: Int = 200
  ) -> HTTPResponse {
    .json(.object(job.representation(tally)), status: status, headers: [noStore])
  }
}
