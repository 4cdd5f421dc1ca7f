import GatewayCore

/// A provider's keys, by their ids and what each may be used for.
struct KeySet: Sendable {
  private struct Use: Hashable {
    let id: String
    let algorithm: SignatureAlgorithm
  }

  /// The most keys that a set may have.
  static let maximumKeys = 100

  private var keys: [Use: VerificationKey] = [:]
  /// Ids of entries that are of no use here; shortened, for the log.
  private(set) var skipped: [String] = []

  /// A set without keys.
  init() {}

  /// How many keys there are; one that serves two algorithms counts once.
  var count: Int { Set(keys.keys.map(\.id)).count }

  /// The key of that id, if it may be used with that algorithm.
  func key(_ id: String, _ algorithm: SignatureAlgorithm) -> VerificationKey? {
    keys[Use(id: id, algorithm: algorithm)]
  }

  /// Reads a JSON Web Key Set (RFC 7517, section 5). Entries that are not understood are skipped.
  ///
  /// - Parameter algorithms: those that the provider may sign with.
  /// - Throws: ``KeySetFault`` if it is none, or no key in it is of use.
  init(_ body: [UInt8], for algorithms: Set<SignatureAlgorithm>) async throws(KeySetFault) {
    guard let document = try? JSONValue(parsing: body), let entries = document["keys"]?.array else {
      throw .unreadable("no JSON Web Key Set")
    }
    guard entries.count <= Self.maximumKeys else {
      throw .unreadable("more than \(Self.maximumKeys) keys")
    }
    var repeated: Set<Use> = []
    for entry in entries {
      let uses = await uses(of: entry, algorithms)
      if uses.isEmpty { skipped.append(Self.shown(entry["kid"]?.string)) }
      for (use, key) in uses where keys.updateValue(key, forKey: use) != nil {
        repeated.insert(use)
      }
    }
    // Which of two keys is meant is unknowable, so neither is.
    for use in repeated {
      keys[use] = nil
      skipped.append(Self.shown(use.id))
    }
    guard !keys.isEmpty else { throw .unreadable("no usable key") }
  }

  private func uses(
    of entry: JSONValue, _ algorithms: Set<SignatureAlgorithm>
  ) async -> [(Use, VerificationKey)] {
    guard let entry = entry.object, let id = entry["kid"]?.string, !id.isEmpty,
      isForVerifying(entry)
    else { return [] }
    var uses: [(Use, VerificationKey)] = []
    for algorithm in algorithms where fits(entry, algorithm) {
      if let key = await VerificationKey(entry, id: id, for: algorithm) {
        uses.append((Use(id: id, algorithm: algorithm), key))
      }
    }
    return uses
  }

  // A private key that lies open is nobody's any more.
  private func isForVerifying(_ entry: JSONObject) -> Bool {
    guard entry["d"] == nil, entry["k"] == nil else { return false }
    if let use = entry["use"], use != "sig" { return false }
    if let operations = entry["key_ops"] {
      return operations.array?.contains("verify") == true
    }
    return true
  }

  private func fits(_ entry: JSONObject, _ algorithm: SignatureAlgorithm) -> Bool {
    let form = algorithm.keyForm
    if let own = entry["alg"], own != .string(algorithm.rawValue) { return false }
    guard entry["kty"] == .string(form.type) else { return false }
    return form.curve.map { entry["crv"] == .string($0) } ?? true
  }

  // The provider's text, so of bounded length and without controls.
  private static func shown(_ id: String?) -> String {
    guard let id else { return "(without id)" }
    return String(
      String.UnicodeScalarView(id.unicodeScalars.filter { $0.value >= 0x20 }.prefix(64)))
  }
}
