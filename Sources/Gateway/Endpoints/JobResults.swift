import GatewayCore
import HeatPumpService
import Storage

/// What has become of a job's heat pumps, a page at a time: as JSON, as JSON lines, as CSV.
enum JobResults {
  static let jsonLines = "application/jsonl"
  static let csv = "text/csv"
  /// How many heat pumps a page has at most; a download takes few requests.
  static let largestPage = 10_000

  /// `GET /v1/jobs/{job_id}/results`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let (app, id) = (try call.app, try JobEndpoints.id(call))
    let page = try ResultPage(call.query)
    let forms = ["application/json", jsonLines, csv]
    let form = forms[Negotiation.preferred(call.request, forms.map(MediaType.init)) ?? 0]
    return call.later(for: app) { () async throws(GatewayFault) in
      let (job, _) = try await app.organisation.job(id, of: app.name)
      let members = try await app.organisation.members(
        of: job, after: page.after, limit: page.limit)
      let next = members.last.flatMap { $0.place + 1 < job.size ? $0.place + 1 : nil }
      return answer(members, of: id, next, page, form, app)
    }
  }

  private static func answer(
    _ members: [StoredJobMember], of id: ResourceID, _ next: Int?, _ page: ResultPage,
    _ form: String, _ app: App
  ) -> HTTPResponse {
    let directory = app.organisation.directory
    let shown = members.map { $0.representation(alias: directory.alias(of: $0.heatPump.id)) }
    guard form != "application/json" else {
      return .json(
        [
          "items": .array(shown.map { .object($0) }),
          "next_cursor": next.map { .string(String($0)) } ?? .null,
        ], headers: [JobEndpoints.noStore])
    }
    var headers = [JobEndpoints.noStore]
    if let next {
      headers.append(
        .init(
          "Link", "</v1/jobs/\(id)/results?cursor=\(next)&limit=\(page.limit)>; rel=\"next\""))
    }
    if form == csv {
      headers.append(
        .init("Content-Disposition", "attachment; filename=\"job-\(id).csv\""))
      return HTTPResponse(
        status: 200, headers: [.init("Content-Type", "text/csv; charset=utf-8")] + headers,
        body: table(shown, hasHeader: page.after < 0))
    }
    let lines = shown.flatMap { JSONValue.object($0).encoded + [UInt8(ascii: "\n")] }
    return HTTPResponse(
      status: 200, headers: [.init("Content-Type", jsonLines)] + headers, body: lines)
  }

  private static let columns: [(name: String, pointer: String)] =
    [
      ("heat_pump_id", "/heat_pump_id"), ("user_id", "/user_id"), ("alias", "/alias"),
    ]
    + ["change", "revert"].flatMap { phase in
      ["outcome", "state", "operation_id", "ended_at", "reason"].map {
        ("\(phase)_\($0)", "/\(phase)/\($0)")
      }
    }

  /// A table after RFC 4180.
  private static func table(_ rows: [JSONObject], hasHeader: Bool) -> [UInt8] {
    var lines = rows.map { row in
      columns.map { cell(JSONValue.object(row).at(pointer: $0.pointer)?.string ?? "") }
    }
    if hasHeader { lines.insert(columns.map(\.name), at: 0) }
    return Array(lines.map { $0.joined(separator: ",") + "\r\n" }.joined().utf8)
  }

  // Spreadsheets take what begins like a formula for one.
  private static func cell(_ text: String) -> String {
    let text = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

/// `?limit=` and `?cursor=` of a job's results.
struct ResultPage: Sendable {
  let limit: Int
  /// The place before the first of the page.
  let after: Int

  /// Reads the parameters.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`).
  init(_ query: QueryParameters) throws(GatewayFault) {
    let limit = query["limit"].map { wholeNumber($0) ?? 0 } ?? Page.usual
    guard (1...JobResults.largestPage).contains(limit) else {
      throw GatewayFault(
        .malformedRequest, "The parameter limit takes 1 through \(JobResults.largestPage).")
    }
    self.limit = limit
    guard let cursor = query["cursor"] else {
      after = -1
      return
    }
    guard let place = wholeNumber(cursor), place > 0 else {
      throw GatewayFault(
        .malformedRequest, "The parameter cursor takes the next_cursor of an earlier page.")
    }
    // Behind the end of every job there is nothing.
    after = min(place, JobOrder.largest) - 1
  }
}
