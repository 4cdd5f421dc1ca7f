public import GatewayCore

/// The commands: shorthands whose body becomes a simplified patch. The raw value is the name, as in
/// `POST …/commands/{name}`.
public enum HeatPumpCommand: String, Sendable, CaseIterable {
  /// Pause the power for a while.
  case pause
  /// End the pause.
  case resume
  /// Nobody is home.
  case away
  /// Somebody is home again.
  case `return`
  /// Begin smart optimization.
  case optimize
  /// End smart optimization.
  case stopOptimizing = "stop-optimizing"

  /// What a command's body may hold.
  public struct Parameter: Sendable {
    /// The member's name.
    public let name: String
    /// The field that it writes.
    public let field: Field?
    /// Whether it is a duration, counted from now, in place of the field's own value.
    public let isDuration: Bool
  }

  /// The names of all commands.
  public static let names: [String] = allCases.map(\.rawValue)

  /// The parameters, in their order.
  public var parameters: [Parameter] {
    definition.members.map {
      Parameter(
        name: $0.name, field: FieldTable.field(pointer: $0.pointer), isDuration: $0.isDuration)
    }
  }

  /// Whether exactly one of the parameters must be given; otherwise each may be left out.
  public var needsOneParameter: Bool { definition.needsOneMember }

  /// The checked patch that a command stands for, with the caller's rules.
  ///
  /// - Parameters:
  ///   - name: one of ``names``.
  ///   - body: the request's body; `nil` if there was none.
  ///   - rules: what the caller may write.
  ///   - now: the time that durations count from, and that an absence starts at (whole seconds).
  /// - Throws: ``GatewayFault`` as ``HeatPumpPatch/validate(_:rules:now:)`` does, with pointers
  ///   that lead into the command's body where the value stands there; `not-found` for another
  ///   name.
  public static func patch(
    name: String, body: JSONValue?, rules: WriteRules, now: Timestamp
  ) throws(GatewayFault) -> HeatPumpPatch {
    let (patch, findings) = try named(name).examine(body, rules: rules, now: now)
    if let fault = findings.fault { throw fault }
    return patch
  }

  private static func named(_ name: String) throws(GatewayFault) -> HeatPumpCommand {
    guard let command = HeatPumpCommand(rawValue: name) else {
      throw GatewayFault(.notFound, "There is no such command.")
    }
    return command
  }

  /// Translates a command's body and checks the patch that it stands for.
  func examine(
    _ body: JSONValue?, rules: WriteRules, now: Timestamp
  ) -> (patch: HeatPumpPatch, findings: PatchFindings) {
    var translation = CommandTranslation(now: now)
    translation.translate(definition, body)
    let (patch, findings) = HeatPumpPatch.examine(
      .object(translation.patch), rules: rules, now: now)
    let pointers = translation.pointers
    var all = translation.findings
    all.append(findings.mapPointers { pointers[$0] ?? $0 })
    return (patch, all)
  }

  private var definition: Command {
    switch self {
    case .pause:
      Command(
        fixed: [("/pause/active", true)],
        members: [
          .init(name: "for", pointer: "/pause/until", isDuration: true, takesNull: false),
          // A pause without an end would leave a house cold, past every guard rail.
          .init(name: "until", pointer: "/pause/until", takesNull: false),
        ], needsOneMember: true)
    case .resume: Command(fixed: [("/pause/active", false), ("/pause/until", nil)])
    case .away:
      Command(
        fixed: [("/away/enabled", true), ("/away/end", nil)], startsNow: "/away/start",
        members: [
          .init(name: "until", pointer: "/away/end"),
          .init(name: "minimum_temperature", pointer: "/away/minimum_temperature"),
        ])
    case .return:
      Command(fixed: [("/away/enabled", false), ("/away/start", nil), ("/away/end", nil)])
    case .optimize:
      Command(
        fixed: [("/optimization/enabled", true)],
        members: [.init(name: "level", pointer: "/optimization/level")])
    case .stopOptimizing: Command(fixed: [("/optimization/enabled", false)])
    }
  }
}

/// One command: what it always writes, and what its body may add.
private struct Command: Sendable {
  struct Member: Sendable {
    let name: String
    let pointer: String
    var isDuration = false
    var takesNull = true
  }

  let fixed: [(pointer: String, value: JSONValue)]
  var startsNow: String?
  var members: [Member] = []
  var needsOneMember = false
}

/// A command's body on its way to a patch.
private struct CommandTranslation {
  let now: Timestamp
  var patch = JSONObject()
  var findings = PatchFindings()
  private let durationRule = "must be an ISO 8601 duration, such as PT2H"
  /// Where in the body the value of a patch's pointer came from.
  var pointers: [String: String] = [:]

  init(now: Timestamp) {
    self.now = now.wholeSecond
  }

  mutating func translate(_ command: Command, _ body: JSONValue?) {
    for (pointer, value) in command.fixed { set(pointer, value) }
    if let pointer = command.startsNow { set(pointer, .string(now.description)) }
    guard let object = (body ?? [:]).object else {
      return findings.add("", .notAnObject, "must be a JSON object")
    }
    var given = 0
    for (key, value) in object.members {
      guard let member = command.members.first(where: { $0.name == key }) else {
        findings.add(
          pointerStep(key), .unknownField, "is no member of this command")
        continue
      }
      given += 1
      if command.needsOneMember, given > 1 {
        findings.add("/" + key, .contradiction, "only one of \(names(command)) may be given")
      }
      take(member, value)
    }
    if command.needsOneMember, given == 0 {
      findings.add("", .required, "one of \(names(command)) must be given")
    }
  }

  private func names(_ command: Command) -> String {
    command.members.map { "`\($0.name)`" }.joined(separator: ", ")
  }

  private mutating func take(_ member: Command.Member, _ value: JSONValue) {
    if value.isNull, !member.takesNull {
      return findings.add("/" + member.name, .nullNotAllowed, "must not be null")
    }
    guard member.isDuration else {
      pointers[member.pointer] = "/" + member.name
      return set(member.pointer, value)
    }
    guard let text = value.string else {
      return findings.add("/" + member.name, .wrongType, durationRule)
    }
    guard let duration = Duration(iso8601: text), duration >= .seconds(1) else {
      return findings.add("/" + member.name, .invalidDuration, durationRule)
    }
    pointers[member.pointer] = "/" + member.name
    set(member.pointer, .string((now + duration).description))
  }

  private mutating func set(_ pointer: String, _ value: JSONValue) {
    patch.set(value, at: pointer)
  }
}
