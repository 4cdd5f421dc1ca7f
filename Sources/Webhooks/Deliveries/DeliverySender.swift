internal import Credentials
internal import GatewayCore
internal import Storage

/// Makes one attempt: signs, sends, judges. It stores nothing.
struct DeliverySender: Sendable {
  /// What an attempt has come to, with its record.
  struct Result: Sendable {
    let verdict: DeliveryVerdict
    let attempt: DeliveryAttempt
    /// Why it could not be signed, if that is what was wrong.
    var sealFault: SealFault?
  }

  let settings: @Sendable () -> DelivererSettings
  let transport: any UpstreamTransport
  let secrets: SubscriptionSecrets
  let clock: any GatewayClock
  let metrics: DeliveryMetrics

  /// Sends a message to the receiver of a subscription.
  ///
  /// - Returns: `nil` if the task was cancelled on the way; the receiver may have it all the same.
  func attempt(
    _ message: DeliveryMessage, to subscription: StoredSubscription
  ) async -> Result? {
    let (start, at) = (clock.monotonic, clock.wall)
    var sealFault: SealFault?
    let verdict: DeliveryVerdict
    do throws(SealFault) {
      let signing = try secrets.signing(subscription, at: at)
      guard let sent = await send(message, to: subscription, signing, at: at) else { return nil }
      verdict = sent
    } catch {
      sealFault = error
      verdict = DeliveryVerdict(.unusable, fault: "it could not be signed: \(error)")
    }
    let milliseconds = Int(((clock.monotonic - start).seconds * 1000).rounded())
    metrics.count(verdict.outcome, milliseconds: milliseconds)
    let attempt = DeliveryAttempt(
      at: at, status: verdict.status, fault: verdict.fault, durationMilliseconds: milliseconds)
    return Result(verdict: verdict, attempt: attempt, sealFault: sealFault)
  }

  private func send(
    _ message: DeliveryMessage, to subscription: StoredSubscription, _ signing: [SigningSecret],
    at now: Timestamp
  ) async -> DeliveryVerdict? {
    let settings = settings()
    let target: TargetURL
    do throws(TargetRefusal) {
      // The list may have changed since the subscription was made.
      target = try settings.targets.check(url: subscription.terms.url)
    } catch {
      return DeliveryVerdict(.refusedTarget, fault: "the URL \(error)")
    }
    let deadline = clock.monotonic + settings.timeout
    guard
      let request = message.request(
        to: target, signedWith: signing, at: now, deadline: deadline, settings: settings)
    else { return DeliveryVerdict(.unusable, fault: "the event's id cannot be signed") }
    do throws(TransportFault) {
      return DeliveryVerdict(try await transport.send(request), now: clock.wall)
    } catch {
      return DeliveryVerdict(error)
    }
  }
}
