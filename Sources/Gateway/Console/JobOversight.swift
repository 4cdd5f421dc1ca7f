import GatewayCore
import HeatPumpService
import Logging
import Storage

/// Fleet jobs of all apps, for operators: how far they have come, and an end to one.
enum JobOversight {
  /// `GET /admin/organisations/{organisation}/jobs`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let page = try OperationPage(call.query)
    return call.laterForOperator { _ async throws(GatewayFault) in
      let found = try await organisation.jobs(
        of: nil, before: page.before, limit: page.limit + 1)
      return OperatorAnswer.page(found, limit: page.limit, cursor: { String($0.job.sequence) }) {
        .object($0.job.representation($0.tally))
      }
    }
  }

  /// `GET /admin/organisations/{organisation}/jobs/{job_id}`
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let id = try JobEndpoints.id(call, 4)
    return call.laterForOperator { _ async throws(GatewayFault) in
      let (job, tally) = try await organisation.job(id, of: nil)
      return OperatorAnswer.json(.object(job.representation(tally)))
    }
  }

  /// `GET /admin/organisations/{organisation}/jobs/{job_id}/results`
  static func results(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let (id, page) = (try JobEndpoints.id(call, 4), try ResultPage(call.query))
    return call.laterForOperator { _ async throws(GatewayFault) in
      let (job, _) = try await organisation.job(id, of: nil)
      let members = try await organisation.members(of: job, after: page.after, limit: page.limit)
      let next = members.last.flatMap { $0.place + 1 < job.size ? $0.place + 1 : nil }
      return OperatorAnswer.page(
        members.map { member in
          .object(
            member.representation(alias: organisation.directory.alias(of: member.heatPump.id)))
        }, next: next.map { String($0) })
    }
  }

  /// `POST /admin/organisations/{organisation}/jobs/{job_id}/cancel`
  static func cancel(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let (id, reverts) = (try JobEndpoints.id(call, 4), try JobEndpoints.reverts(call.request))
    return call.laterForOperator { _ async throws(GatewayFault) in
      let (job, tally) = try await organisation.cancel(id, of: nil, reverts: reverts)
      call.logOperator("job cancelled", ["job_id": "\(id)"])
      return OperatorAnswer.json(
        .object(job.representation(tally)), status: job.course.state.isOpen ? 202 : 200)
    }
  }
}
