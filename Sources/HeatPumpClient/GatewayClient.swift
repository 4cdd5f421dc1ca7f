public import Foundation

/// A client of the Podero partner gateway, for apps.
///
/// ```swift
/// let gateway = GatewayClient(at: URL(string: "https://gateway.example.com")!, key: key)
/// let pump = try await gateway.heatPump("smith-home")
/// var patch = HeatPumpPatch()
/// patch.hotWater.standardTemperature = .to(50.5)
/// let answer = try await gateway.update("smith-home", patch, ifMatch: pump.tag)
/// ```
///
/// Every call throws ``Problem`` for what the gateway refuses, and ``ClientError`` for what it does
/// not say. What may succeed later is repeated where that is safe, see ``RetryPolicy``. Heat pumps
/// are named by alias or id.
public struct GatewayClient: Sendable {
  /// What an app shows of itself.
  public enum Credential: Sendable {
    /// A key, or an access token of the company's identity provider. It is asked for with each
    /// request, so that it may change meanwhile.
    case bearer(@Sendable () async throws -> String)
    /// Nothing: the transport shows a certificate.
    case certificate
  }

  let base: URL
  let credential: Credential
  let transport: any ClientTransport
  let retry: RetryPolicy
  let timeout: Duration
  let sleep: @Sendable (Duration) async throws -> Void

  /// Creates a client.
  ///
  /// - Parameters:
  ///   - base: the gateway's address, such as `https://gateway.example.com`.
  ///   - retry: what is sent again, and when.
  ///   - timeout: how long an answer may take; whole seconds, which the gateway is told, too.
  ///   - sleep: waits; tests hand in their own.
  public init(
    at base: URL, credential: Credential, transport: any ClientTransport = URLSessionTransport(),
    retry: RetryPolicy = RetryPolicy(), timeout: Duration = .seconds(30),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.base = base
    self.credential = credential
    self.transport = transport
    self.retry = retry
    self.timeout = timeout
    self.sleep = sleep
  }

  /// Creates a client with a key, and else the defaults.
  public init(at base: URL, key: String) {
    self.init(at: base, credential: .bearer { key })
  }

  /// A key for a write that has none, made anew for each.
  public static func newIdempotencyKey() -> String { UUID().uuidString.lowercased() }
}
