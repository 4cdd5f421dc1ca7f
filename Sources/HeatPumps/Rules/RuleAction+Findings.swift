public import GatewayCore

/// What is wrong with a value of a rule, whatever the event.
public struct RuleFinding: Sendable, Hashable {
  /// Where in the action: `/for` for a command's parameter, otherwise the field's pointer.
  public let place: String
  /// What is wrong, as in `must be at most 65`.
  public let detail: String
  /// Whether it is wrong only at this time: a date that has passed, or one still too far ahead.
  public let isTemporary: Bool
}

extension RuleAction {
  /// Checks what is known of the action before any event: literals, defaults and times counted
  /// from the acceptance, by their fields' own rules and by `rules`.
  ///
  /// - Parameter now: the time that dates are measured from.
  public func findings(rules: WriteRules, now: Timestamp) -> [RuleFinding] {
    let findings = errors(rules: rules, now: now)
    // What is wrong a century before and after is wrong for good.
    let century = Duration.seconds(3_155_760_000)
    let lasting = [now - century, now + century].map { time in
      Set(errors(rules: rules, now: time).map(Fingerprint.init))
    }
    return findings.map { error in
      RuleFinding(
        place: error.pointer, detail: error.detail,
        isTemporary: !lasting.allSatisfy { $0.contains(Fingerprint(error)) })
    }
  }

  private struct Fingerprint: Hashable {
    let pointer: String
    let code: String

    init(_ error: GatewayFault.FieldError) {
      pointer = error.pointer
      code = error.code
    }
  }

  private func errors(rules: WriteRules, now: Timestamp) -> [GatewayFault.FieldError] {
    var known: [(place: String, value: JSONValue)] = []
    var defaults: [(place: String, value: JSONValue)] = []
    for (place, value) in values {
      switch value {
      case .literal(let literal): known.append((place, literal))
      case .after(let duration):
        known.append((place, .string((now.wholeSecond + duration).description)))
      case .pointer(_, let fallback): if let fallback { defaults.append((place, fallback)) }
      }
    }
    let errors = errors(of: known, rules, now)
    let found = Set(errors)
    // Each default alone: the event may bring the others.
    return errors
      + defaults.flatMap { value in
        self.errors(of: known + [value], rules, now).filter { !found.contains($0) }.map {
          GatewayFault.FieldError(pointer: value.place, code: $0.code, detail: $0.detail)
        }
      }
  }

  private func errors(
    of values: [(place: String, value: JSONValue)], _ rules: WriteRules, _ now: Timestamp
  ) -> [GatewayFault.FieldError] {
    let errors = examine(values, rules: rules, now: now).findings.fault?.errors ?? []
    // What a command still needs may come with the event.
    return errors.filter { $0.code != PatchRule.required.rawValue }
  }
}
