import GatewayCore

extension ConfigurationCursor {
  /// A reference to a secret, which must be there. Whatever else stands in its place is not
  /// repeated, its keys included.
  ///
  /// - Parameter matter: what else it is held to, once it is there.
  func secret(
    _ matter: ((SecretReference) -> ConfigurationMatter)? = nil
  ) -> SecretReference? {
    let form = "{env: NAME} or {file: PATH}"
    switch node.content {
    case .scalar(let text, let quoted):
      if !quoted, case .null = PlainScalar(text) {
        problem("expected \(form), found nothing")
      } else {
        problem("a secret must not stand in the file: use \(form)")
      }
      return nil
    case .list:
      problem("expected \(form), found a list")
      return nil
    case .mapping(let entries):
      guard entries.count == 1, let reference = reference(entries[0]) else {
        problem("expected exactly one of \(form)")
        return nil
      }
      if let reason = context.reasonAgainst(reference) {
        problem("missing secret: \(reason)")
      } else if let matter {
        check(matter(reference))
      }
      return reference
    }
  }

  /// At least one secret, each held to `matter`.
  func secrets(
    _ matter: ((SecretReference) -> ConfigurationMatter)? = nil
  ) -> [SecretReference]? {
    guard let elements = elements() else { return nil }
    guard !elements.isEmpty else {
      problem("at least one secret is needed")
      return nil
    }
    return elements.compactMap { $0.secret(matter) }
  }

  /// A URL that may be called: `http` only for this machine, unless that is allowed.
  func url(allowingInsecure: Bool) -> EndpointURL? {
    guard let text = text() else { return nil }
    do {
      let url = try EndpointURL(text)
      guard url.isSecure || url.isLoopback || allowingInsecure else {
        problem("http:// is only for loopback, or with allow_insecure: true")
        return nil
      }
      return url
    } catch {
      problem("the URL \(error.rawValue)")
      return nil
    }
  }

  private func reference(_ entry: ConfigurationNode.Entry) -> SecretReference? {
    guard case .scalar(let text, let quoted) = entry.value.content, !text.isEmpty,
      text.utf8.count <= 4096, !text.utf8.contains(where: { $0 < 0x20 })
    else { return nil }
    if !quoted, case .null = PlainScalar(text) { return nil }
    switch entry.key {
    case "env": return NameGrammar.isEnvironmentName(text) ? .environment(text) : nil
    case "file": return .file(text)
    default: return nil
    }
  }
}

extension NameGrammar {
  /// A portable name of an environment variable (POSIX.1, section 8.1), in either case.
  static func isEnvironmentName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first < UInt8(ascii: "0") || first > UInt8(ascii: "9")
    else { return false }
    return text.utf8.count <= 256
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
