internal import GatewayCore

extension ExactDecimal {
  /// Whether two numbers are at least `distance` apart, worked out exactly as far as 128 bits go;
  /// numbers beyond that are compared in binary floating point.
  func isApart(from other: ExactDecimal, by distance: ExactDecimal) -> Bool {
    guard let parts = exactParts(self, other, distance) else {
      return abs(approximate - other.approximate) >= distance.approximate
    }
    let (difference, overflow) = parts.0.subtractingReportingOverflow(parts.1)
    return overflow || difference.magnitude >= parts.2.magnitude
  }
}

/// Three numbers as whole multiples of one power of ten.
private func exactParts(
  _ first: ExactDecimal, _ second: ExactDecimal, _ third: ExactDecimal
) -> (Int128, Int128, Int128)? {
  guard let first = ScaledInteger(first), let second = ScaledInteger(second),
    let third = ScaledInteger(third)
  else { return nil }
  let exponent = min(first.exponent, second.exponent, third.exponent)
  guard let first = first.mantissa(at: exponent), let second = second.mantissa(at: exponent),
    let third = third.mantissa(at: exponent)
  else { return nil }
  return (first, second, third)
}

private struct ScaledInteger {
  private var mantissa: Int128 = 0
  private(set) var exponent = 0

  init?(_ decimal: ExactDecimal) {
    var isFraction = false
    let parts = decimal.text.split { $0 == "e" || $0 == "E" }
    guard let digits = parts.first else { return nil }
    for byte in digits.utf8 where byte != UInt8(ascii: "-") {
      guard byte != UInt8(ascii: ".") else {
        isFraction = true
        continue
      }
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { return nil }
      mantissa = sum
      if isFraction { exponent -= 1 }
    }
    if digits.first == "-" { mantissa.negate() }
    if parts.count > 1 {
      guard let power = Int(parts[1]) else { return nil }
      exponent += power
    }
  }

  func mantissa(at smaller: Int) -> Int128? {
    if mantissa == 0 { return 0 }
    guard exponent - smaller <= 38 else { return nil }
    var scaled = mantissa
    for _ in smaller..<exponent {
      let (product, overflow) = scaled.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      scaled = product
    }
    return scaled
  }
}
