import GatewayCore
import HeatPumps
import Storage
import Webhooks

/// An event of the log on its way to those who may know of it: read at most once, and written at
/// most once with personal data and once without, however many get it.
///
/// It belongs to one task.
final class TellableEvent {
  private enum Reading {
    case unread
    case read(HeatPumpEvent)
    case unreadable
  }

  let stored: StoredEvent
  private var reading = Reading.unread
  private var bodies: [Bool: [UInt8]] = [:]
  private var messages: [Bool: [UInt8]] = [:]

  init(_ stored: StoredEvent) {
    self.stored = stored
  }

  var sequence: Int64 { stored.sequence }

  /// What it says as JSON; `nil` if it is not for them, or if this version cannot read it.
  func body(for audience: EventAudience) -> [UInt8]? {
    guard isFor(audience) else { return nil }
    return body(audience.seesPersonalData)
  }

  /// The same as a message of a stream of events (HTML Standard, section 9.2.6).
  func message(for audience: EventAudience) -> [UInt8]? {
    guard isFor(audience) else { return nil }
    if let known = messages[audience.seesPersonalData] { return known }
    guard let body = body(audience.seesPersonalData) else { return nil }
    let message = StreamMessage.event(sequence, type: stored.event.type, json: body)
    messages[audience.seesPersonalData] = message
    return message
  }

  private func isFor(_ audience: EventAudience) -> Bool {
    // Most events are not for somebody who sees a few heat pumps of many: those are never read.
    guard audience.admits(stored.event), let event else { return false }
    return audience.admits(event)
  }

  private func body(_ includesPersonalData: Bool) -> [UInt8]? {
    if let known = bodies[includesPersonalData] { return known }
    let body = event?.body(includesPersonalData: includesPersonalData)
    bodies[includesPersonalData] = body
    return body
  }

  private var event: HeatPumpEvent? {
    switch reading {
    case .read(let event): return event
    case .unreadable: return nil
    case .unread:
      // A newer version may have written it, before somebody went back to this one.
      guard let event = try? HeatPumpEvent(stored: stored.event.body, sequence: Int(sequence))
      else {
        reading = .unreadable
        return nil
      }
      reading = .read(event)
      return event
    }
  }
}
