/// Where one field's value stands in the upstream's bytes, and how it is shown.
struct Slot: Sendable {
  enum Form: UInt8, Sendable {
    /// The upstream left it out.
    case absent
    /// `null`, or a time that means never.
    case null
    /// Of a wrong type; reads as `null`.
    case irregular
    /// The bytes are the simplified value as they stand.
    case verbatim
    /// The bytes in ASCII lower case are the simplified value.
    case lowered
    /// The simplified value must be worked out; rare.
    case derived
  }

  var start: Int32 = 0
  var end: Int32 = 0
  var form = Form.absent

  @inline(__always)
  var range: Range<Int> { Int(start)..<Int(end) }
}

extension Slot {
  @inline(__always)
  init(_ range: Range<Int>, _ form: Form) {
    start = Int32(truncatingIfNeeded: range.lowerBound)
    end = Int32(truncatingIfNeeded: range.upperBound)
    self.form = form
  }
}
