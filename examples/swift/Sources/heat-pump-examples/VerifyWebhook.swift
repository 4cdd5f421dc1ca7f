import Foundation
import HeatPumpClient

/// Verifies a delivered event: the body comes on standard input as it was received, byte by byte;
/// the three headers and the subscription's secret are in the environment.
func verifyWebhook(_ environment: [String: String]) throws {
  guard let verifier = environment["SECRET"].flatMap({ WebhookVerifier(secret: $0) }) else {
    throw Failure("SECRET must be set: whsec_…")
  }
  let id = environment["WEBHOOK_ID"] ?? ""
  let isGenuine = verifier.isGenuine(
    body: FileHandle.standardInput.readDataToEndOfFile(), id: id,
    timestamp: environment["WEBHOOK_TIMESTAMP"] ?? "",
    signature: environment["WEBHOOK_SIGNATURE"] ?? "")
  guard isGenuine else { throw Failure("The delivery is old, or its signature not the gateway's.") }
  print("genuine: \(id)")
}
