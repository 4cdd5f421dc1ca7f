import GatewayCore
import HeatPumpService
import Storage

/// `GET /admin/audit`: who changed what, the newest first, as `podero-gateway audit list` shows it.
enum AuditEndpoint {
  static func list(
    _ call: Call, _ storage: any AuditStorage
  ) throws(GatewayFault) -> Disposition {
    let page = try OperationPage(call.query)
    let heatPump = try heatPump(call)
    let since = try EventFilters.time(call.query, "since")
    return call.laterForOperator { _ async throws(GatewayFault) in
      let found = try await OperatorAnswer.reading { () async throws(StorageFault) in
        try await storage.auditTrail(
          before: page.before, of: heatPump, since: since, limit: page.limit + 1)
      }
      return OperatorAnswer.page(found, limit: page.limit, cursor: { String($0.sequence) }) {
        AuditLine($0).json
      }
    }
  }

  private static func heatPump(_ call: Call) throws(GatewayFault) -> ResourceID? {
    guard let text = call.query["heat_pump"] else { return nil }
    if let id = ResourceID(text) { return id }
    let known = call.generation.organisations.lazy.compactMap {
      $0.service.directory.resolve(text)?.id
    }
    guard let id = known.first else {
      throw GatewayFault(.notFound, "There is no heat pump of that alias.")
    }
    return id
  }
}
