import GatewayCore

extension RouteTable {
  private static let one = "/v1/jobs/{job_id}"

  /// Fleet jobs.
  static let jobs = [
    Endpoint(
      id: "createJob", method: .post, template: "/v1/jobs", access: .app(.jobsWrite),
      summary: "Change many heat pumps, at a pace; with `dry_run` only say what it would come to.",
      body: .init(
        contentTypes: ["application/json"], schema: .reference("NewJob"), isRequired: true),
      answers: [
        .init(202, "The job; it goes on by itself.", .reference("Job")),
        .init(200, "What the job would come to.", .reference("JobPreview")),
      ],
      problems: EndpointProblems.job.union(EndpointProblems.upstream).union([
        .malformedJSON, .unsupportedMediaType, .invalidJob, .idempotencyMismatch,
      ]),
      conditions: .creation, handle: JobEndpoints.create),
    Endpoint(
      id: "listJobs", method: .get, template: "/v1/jobs", access: .app(.jobsWrite),
      summary: "The app's own jobs, the newest first.", query: [.limit, .numericCursor],
      answers: [.init(200, "A page.", .reference("JobList"))],
      problems: EndpointProblems.stored, handle: JobEndpoints.list),
    Endpoint(
      id: "getJob", method: .get, template: one, access: .app(.jobsWrite),
      summary: "A job: how far it has come, and what became of how many heat pumps.",
      answers: [.init(200, "The job.", .reference("Job"))], problems: EndpointProblems.job,
      handle: JobEndpoints.get),
    Endpoint(
      id: "cancelJob", method: .post, template: one + "/cancel", access: .app(.jobsWrite),
      summary: "Stop a job, and put back what it has changed if it was to do so, or as `revert` "
        + "says. A job that has ended is left as it is.",
      body: cancellation, answers: cancelled,
      problems: EndpointProblems.job.union(EndpointProblems.jobCancellation),
      handle: JobEndpoints.cancel),
    Endpoint(
      id: "listJobResults", method: .get, template: one + "/results",
      access: .app(.jobsWrite),
      summary: "What became of each heat pump, in the job's order; as CSV or JSON lines, `Link` "
        + "names the next page.",
      query: [.resultLimit, .numericCursor],
      answers: [
        .init(
          200, "A page.",
          [
            .init(type: "application/json", schema: .reference("JobResultList")),
            .init(type: JobResults.jsonLines, schema: ["type": "string"]),
            .init(type: JobResults.csv, schema: ["type": "string"]),
          ])
      ],
      problems: EndpointProblems.job, handle: JobResults.list),
  ]

  /// How a job is stopped, by whomever.
  static let cancellation = Endpoint.BodyDescription(
    contentTypes: ["application/json"], schema: .reference("JobCancellation"), isRequired: false)

  /// What comes of it.
  static let cancelled: [Endpoint.Answer] = [
    .init(202, "The job; it stops in a moment.", .reference("Job")),
    .init(200, "The job, which had ended.", .reference("Job")),
  ]
}

extension Endpoint.QueryParameter {
  static let resultLimit = Endpoint.QueryParameter(
    name: "limit",
    schema: [
      "type": "integer", "minimum": 1, "maximum": .number(ExactDecimal(JobResults.largestPage)),
      "default": .number(ExactDecimal(Page.usual)),
    ], summary: "How many heat pumps a page has at most.")
}

extension EndpointProblems {
  /// Those of what the storage knows about jobs.
  static let job = operation

  /// Those of the body that stops one.
  static let jobCancellation: Set<ProblemType> = [
    .malformedJSON, .unsupportedMediaType, .invalidJob,
  ]
}
