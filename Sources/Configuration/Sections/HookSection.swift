import GatewayCore

extension ConfigurationCursor {
  /// `hooks[]`
  func hook() -> HookConfiguration? {
    guard let fields = fields() else { return nil }
    let name = fields.required("name")?.uniqueName("hook name")
    let organisation = fields.required("organisation")?.organisation()
    let verification = fields.required("verify")?.verification()
    let eventID = fields["event_id"]?.eventID(signed: verification)
    let heatPumps = fields.required("heat_pumps")?.hookHeatPumps(in: organisation)
    let target = fields.required("target")?.target(in: organisation, among: heatPumps)
    let enabled = fields["enabled"]?.boolean() ?? true
    let rules = fields["rules"]?.rules(hook: path, in: organisation)
    if rules?.isEmpty ?? (fields["rules"] == nil) {
      (fields["rules"] ?? self).problem(
        "no rules, so every event of this hook is ignored", severity: .warning)
    }
    guard let name, let organisation, let verification, let heatPumps, let target else {
      return nil
    }
    var hook = HookConfiguration(
      name: name, organisation: organisation, verification: verification,
      eventID: eventID ?? verification.defaultEventID, heatPumps: heatPumps, target: target)
    hook.enabled = enabled
    hook.storesBody = fields["store_body"]?.boolean() ?? hook.storesBody
    hook.redactedPointers = fields["redact"]?.list { $0.pointer() } ?? hook.redactedPointers
    hook.rules = rules ?? []
    return hook
  }

  private func hookHeatPumps(in organisation: String?) -> AllowList<ResourceID>? {
    if case .list(let elements) = node.content, elements.isEmpty {
      problem("at least one heat pump, or \"*\", is needed")
      return nil
    }
    return allowList { $0.heatPump(in: organisation) }
  }

  private func target(
    in organisation: String?, among heatPumps: AllowList<ResourceID>?
  ) -> HookTarget? {
    guard let chosen = fields()?.exactlyOne(of: ["alias", "pointer"]) else { return nil }
    guard chosen.key == "alias" else { return chosen.cursor.pointer().map { .pointer($0) } }
    guard let id = chosen.cursor.heatPump(in: organisation) else { return nil }
    if let heatPumps, !heatPumps.allows(id) {
      chosen.cursor.problem("the target must be among the hook's heat_pumps")
    }
    return .heatPump(id)
  }

  private func eventID(signed verification: HookVerification?) -> EventIDSource? {
    guard let chosen = fields()?.exactlyOne(of: ["pointer", "header", "body_hash"]) else {
      return nil
    }
    switch chosen.key {
    case "pointer": return chosen.cursor.pointer().map { .pointer($0) }
    case "header":
      guard let header = chosen.cursor.header() else { return nil }
      if let verification, !verification.signedHeaders.contains(header.lowercased()) {
        chosen.cursor.problem(
          "the signature does not cover this header, so anyone could change the id; "
            + "use a pointer or body_hash")
      }
      return .header(header)
    default:
      guard let value = chosen.cursor.boolean() else { return nil }
      guard value else {
        chosen.cursor.problem("body_hash can only be true")
        return nil
      }
      return .bodyHash
    }
  }

  private func verification() -> HookVerification? {
    guard let chosen = fields()?.exactlyOne(of: ConfigurationKeys.children(of: pattern)),
      let fields = chosen.cursor.fields()
    else { return nil }
    switch chosen.key {
    case "hmac_sha256": return fields.hmac().map { .hmacSHA256($0) }
    case "standard_webhooks":
      return fields.required("secrets")?.secrets { .signingSecret($0) }
        .map { .standardWebhooks(secrets: $0) }
    case "bearer": return fields.required("sha256")?.hash().map { .bearer($0) }
    case "basic": return fields.basic()
    default: return fields.required("sha256")?.hash().map { .pathToken($0) }
    }
  }
}

extension ConfigurationFields {
  fileprivate func hmac() -> HMACVerification? {
    let secrets = required("secrets")?.secrets()
    let header = required("header")?.header()
    var verification = HMACVerification(secrets: secrets ?? [], header: header ?? "")
    verification.prefix = self["prefix"]?.anyText() ?? verification.prefix
    verification.encoding = self["encoding"]?.choice() ?? verification.encoding
    verification.timestampHeader = self["timestamp"]?.fields()?.required("header")?.header()
    return secrets == nil || header == nil ? nil : verification
  }

  fileprivate func basic() -> HookVerification? {
    let user = required("user")?.parsed("a name without a colon (RFC 7617)") {
      $0.contains(":") ? nil : $0
    }
    let hash = required("sha256")?.hash()
    guard let user, let hash else { return nil }
    return .basic(user: user, password: hash)
  }
}

extension HookVerification {
  fileprivate var defaultEventID: EventIDSource {
    if case .standardWebhooks = self { return .header("webhook-id") }
    return .pointer("/id")
  }
}
