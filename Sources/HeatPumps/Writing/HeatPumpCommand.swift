public import GatewayCore

/// The commands: shorthands whose body becomes a simplified patch.
public enum HeatPumpCommand {
  /// The names, as in `POST …/commands/{name}`.
  public static let names: [String] = table.map(\.name)

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
    guard let command = table.first(where: { $0.name == name }) else {
      throw GatewayFault(.notFound, "There is no such command.")
    }
    var translation = CommandTranslation(now: now)
    translation.translate(command, body)
    let (patch, findings) = HeatPumpPatch.examine(
      .object(translation.patch), rules: rules, now: now)
    let pointers = translation.pointers
    var all = translation.findings
    all.append(findings.mapPointers { pointers[$0] ?? $0 })
    if let fault = all.fault { throw fault }
    return patch
  }

  private static let table: [Command] = [
    Command(
      name: "pause", fixed: [("/pause/active", true)],
      members: [
        .init(name: "for", pointer: "/pause/until", isDuration: true),
        .init(name: "until", pointer: "/pause/until"),
      ], needsOneMember: true),
    Command(name: "resume", fixed: [("/pause/active", false), ("/pause/until", nil)]),
    Command(
      name: "away", fixed: [("/away/enabled", true), ("/away/end", nil)], startsNow: "/away/start",
      members: [
        .init(name: "until", pointer: "/away/end"),
        .init(name: "minimum_temperature", pointer: "/away/minimum_temperature"),
      ]),
    Command(
      name: "return",
      fixed: [("/away/enabled", false), ("/away/start", nil), ("/away/end", nil)]),
    Command(
      name: "optimize", fixed: [("/optimization/enabled", true)],
      members: [.init(name: "level", pointer: "/optimization/level")]),
    Command(name: "stop-optimizing", fixed: [("/optimization/enabled", false)]),
  ]
}

/// One command: what it always writes, and what its body may add.
private struct Command: Sendable {
  struct Member: Sendable {
    let name: String
    let pointer: String
    var isDuration = false
  }

  let name: String
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
  /// Where in the body the value of a patch's pointer came from.
  var pointers: [String: String] = [:]

  init(now: Timestamp) {
    // The upstream may not keep fractions; without any, what comes back is what was sent.
    let second = 1_000_000 as Int64
    self.now = Timestamp(
      microseconds: now.microseconds - ((now.microseconds % second) + second) % second)
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
          "/" + escapedPointerToken(key), .unknownField, "is no member of this command")
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
    guard member.isDuration else {
      pointers[member.pointer] = "/" + member.name
      return set(member.pointer, value)
    }
    guard let text = value.string else {
      return findings.add("/" + member.name, .wrongType, "must be a string")
    }
    guard let duration = Duration(iso8601: text), duration >= .seconds(1) else {
      return findings.add(
        "/" + member.name, .invalidDuration, "must be an ISO 8601 duration, such as PT2H")
    }
    pointers[member.pointer] = "/" + member.name
    set(member.pointer, .string((now + duration).description))
  }

  private mutating func set(_ pointer: String, _ value: JSONValue) {
    patch.set(value, at: pointer.split(separator: "/").map(String.init)[...])
  }
}
