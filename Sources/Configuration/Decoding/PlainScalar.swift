import GatewayCore

/// What an unquoted scalar means.
enum PlainScalar {
  case null
  case boolean(Bool)
  case number(ExactDecimal)
  case text

  init(_ text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .boolean(true)
    case "false", "False", "FALSE": self = .boolean(false)
    default: self = ExactDecimal(text).map(PlainScalar.number) ?? .text
    }
  }
}
