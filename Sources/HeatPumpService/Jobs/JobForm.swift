public import GatewayCore
public import HeatPumps

/// Reads the body of a request that makes a job, and reports all that is wrong at once.
public struct JobForm {
  /// What was asked for.
  public struct Result: Sendable {
    /// The job, but for its heat pumps.
    public let order: JobOrder
    /// Which heat pumps.
    public let selection: JobSelection
    /// Whether it is only to be looked at.
    public let isDryRun: Bool
  }

  private static let selections = ["heat_pumps", "users", "filter", "all"]

  private let rules: WriteRules
  private let seesPersonalData: Bool
  private let now: Timestamp
  private let resolve: (String) -> HeatPumpAddress?
  private var errors: [GatewayFault.FieldError] = []

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - rules: what the app may write.
  ///   - seesPersonalData: whether it may choose by fields of personal data.
  ///   - resolve: the heat pump with that alias or id, if the app may see it.
  public init(
    rules: WriteRules, seesPersonalData: Bool, now: Timestamp,
    resolve: @escaping (String) -> HeatPumpAddress?
  ) {
    self.rules = rules
    self.seesPersonalData = seesPersonalData
    self.now = now
    self.resolve = resolve
  }

  /// Reads a body.
  ///
  /// - Throws: ``GatewayFault`` with all that is wrong: `forbidden` if the patch names what the app
  ///   may not write, otherwise `invalid-job`.
  public func read(_ body: JSONValue) throws(GatewayFault) -> Result {
    guard let members = body.object else {
      throw Self.fault([.init(pointer: "", code: "wrong_type", detail: "must be an object")])
    }
    var form = self
    form.refuseUnknown(members)
    let selection = form.selection(members)
    let (patch, patchFault) = form.patch(members)
    let rate = form.rate(members["rate_per_second"])
    let ramp = form.duration(members["ramp"], "/ramp", shortest: .zero) ?? .zero
    let percent = form.percent(members["abort_above_percent"])
    let deadline = form.deadline(members["deadline"])
    let revertAfter = form.duration(
      members["revert_after"], "/revert_after", shortest: .seconds(1))
    let isDryRun = form.flag(members["dry_run"], "/dry_run")
    if let patchFault, patchFault.type == .forbidden {
      var fault = patchFault
      fault.errors += form.errors
      throw fault
    }
    let all = form.errors + (patchFault?.errors ?? [])
    guard all.isEmpty, patchFault == nil, let selection, let patch else { throw Self.fault(all) }
    var chosen = JSONObject()
    for name in Self.selections { chosen[name] = members[name] }
    return Result(
      order: JobOrder(
        patch: patch, selection: chosen, ratePerSecond: rate, ramp: ramp,
        abortAbovePercent: percent, deadline: deadline, revertAfter: revertAfter),
      selection: selection, isDryRun: isDryRun)
  }

  /// The fault of a job that cannot be made.
  public static func fault(_ errors: [GatewayFault.FieldError]) -> GatewayFault {
    GatewayFault(.invalidJob, "The job cannot be made like this.", errors: errors)
  }

  private mutating func refuse(_ pointer: String, _ code: String, _ detail: String) {
    errors.append(.init(pointer: pointer, code: code, detail: detail))
  }

  private mutating func refuseUnknown(_ members: JSONObject) {
    let known =
      Self.selections + [
        "patch", "command", "with", "rate_per_second", "ramp", "abort_above_percent", "deadline",
        "revert_after", "dry_run",
      ]
    for name in members.keys where !known.contains(name) {
      refuse(
        pointerStep(name.prefix(64)), "unknown_field", "is no member of a job")
    }
  }

  // MARK: Which heat pumps

  private mutating func selection(_ members: JSONObject) -> JobSelection? {
    let given = Self.selections.filter { members[$0] != nil }
    guard let name = given.first, given.count == 1, let value = members[name] else {
      refuse(
        "", given.isEmpty ? "required" : "contradiction",
        "just one of \(Self.selections.joined(separator: ", ")) must be given")
      return nil
    }
    switch name {
    case "heat_pumps":
      return list(value, "/heat_pumps", "is not known, or not visible", resolve)
        .map(JobSelection.heatPumps)
    case "users":
      return list(value, "/users", "is no id of a user", ResourceID.init(_:))
        .map(JobSelection.users)
    case "filter":
      let (filter, findings) = HeatPumpFilter.read(
        value, at: "/filter", seesPersonalData: seesPersonalData)
      errors += findings
      return .filter(filter)
    default:
      guard value == true else {
        refuse("/all", "wrong_type", "must be true")
        return nil
      }
      return .all
    }
  }

  private mutating func list<Element>(
    _ value: JSONValue, _ pointer: String, _ complaint: String, _ read: (String) -> Element?
  ) -> [Element]? {
    guard let values = value.array, !values.isEmpty, values.count <= JobOrder.largest else {
      refuse(pointer, "wrong_type", "must be a list of 1 to \(JobOrder.largest) texts")
      return nil
    }
    var elements: [Element] = []
    for (index, value) in values.enumerated() {
      if let element = value.string.flatMap(read) {
        elements.append(element)
      } else if errors.count < Self.mostErrors {
        refuse("\(pointer)/\(index)", "not_found", complaint)
      }
    }
    return elements.count == values.count ? elements : nil
  }

  /// A list of very many unknown heat pumps is not answered with as many findings.
  private static let mostErrors = 100

  // MARK: What is done

  private mutating func patch(
    _ members: JSONObject
  ) -> (patch: HeatPumpPatch?, fault: GatewayFault?) {
    if members["patch"] != nil, members["command"] != nil {
      refuse("/command", "contradiction", "only one of patch, command may be given")
      return (nil, nil)
    }
    if members["patch"] != nil, members["with"] != nil {
      refuse("/with", "contradiction", "belongs to a command")
    }
    do throws(GatewayFault) {
      if let body = members["patch"] {
        return (try nonEmpty(HeatPumpPatch.validate(body, rules: rules, now: now)), nil)
      }
      guard let name = members["command"]?.string, HeatPumpCommand.names.contains(name) else {
        refuse(
          members["command"] == nil ? "" : "/command",
          members["command"] == nil ? "required" : "unknown_value",
          "patch must be given, or command, one of "
            + HeatPumpCommand.names.joined(separator: ", "))
        return (nil, nil)
      }
      return (
        try HeatPumpCommand.patch(name: name, body: members["with"], rules: rules, now: now), nil
      )
    } catch {
      let prefix = members["patch"] == nil ? "/with" : "/patch"
      var fault = error
      fault.errors = error.errors.map {
        .init(pointer: prefix + $0.pointer, code: $0.code, detail: $0.detail)
      }
      return (nil, fault)
    }
  }

  private mutating func nonEmpty(_ patch: HeatPumpPatch) -> HeatPumpPatch? {
    guard patch.isEmpty else { return patch }
    refuse("/patch", "required", "must change something")
    return nil
  }

  // MARK: How

  private mutating func rate(_ value: JSONValue?) -> Double {
    guard let value, !value.isNull else { return JobOrder.usualRate }
    guard let rate = value.number?.approximate, rate >= 0.01, rate <= JobOrder.highestRate else {
      refuse(
        "/rate_per_second", "out_of_range",
        "must be a number from 0.01 to \(Int(JobOrder.highestRate))")
      return JobOrder.usualRate
    }
    return rate
  }

  private mutating func percent(_ value: JSONValue?) -> Int? {
    guard let value, !value.isNull else { return nil }
    guard let percent = value.integer, (0...100).contains(percent) else {
      refuse("/abort_above_percent", "out_of_range", "must be a whole number from 0 to 100")
      return nil
    }
    return percent
  }

  private mutating func duration(
    _ value: JSONValue?, _ pointer: String, shortest: Duration
  ) -> Duration? {
    guard let value, !value.isNull else { return nil }
    guard let duration = value.string.flatMap(Duration.init(iso8601:)), duration >= shortest,
      duration <= JobOrder.longest
    else {
      refuse(
        pointer, "out_of_range",
        "must be an ISO 8601 duration from \(shortest.iso8601) to \(JobOrder.longest.iso8601)")
      return nil
    }
    return duration
  }

  private mutating func deadline(_ value: JSONValue?) -> Timestamp {
    let usual = now + JobOrder.usualDeadline
    guard let value, !value.isNull else { return usual }
    guard let time = value.string.flatMap(Timestamp.init(rfc3339:)), time > now,
      time <= now + JobOrder.longest
    else {
      refuse(
        "/deadline", "out_of_range",
        "must be an RFC 3339 time in the future, at most \(JobOrder.longest.iso8601) ahead")
      return usual
    }
    return time
  }

  private mutating func flag(_ value: JSONValue?, _ pointer: String) -> Bool {
    guard let value, !value.isNull else { return false }
    guard let flag = value.bool else {
      refuse(pointer, "wrong_type", "must be true or false")
      return false
    }
    return flag
  }
}
