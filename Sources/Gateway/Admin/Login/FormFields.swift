import GatewayCore

/// The fields of a form that a browser sends (URL Standard, section 5.1).
enum FormFields {
  static let type = "application/x-www-form-urlencoded"

  /// The fields by name; a field's value is decoded.
  ///
  /// - Returns: `nil` for another media type, a broken escape, or a name that stands twice.
  static func read(_ request: HTTPRequest) -> [String: String]? {
    let given = request[.contentType]?.lowercased().split(separator: ";").first
    guard given?.filter({ $0 != " " && $0 != "\t" }) == type,
      request.count(of: .contentEncoding) == 0
    else { return nil }
    var fields: [String: String] = [:]
    for field in request.body.split(separator: UInt8(ascii: "&")) {
      let equals = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
      let (left, right) = (Array(field[..<equals]), Array(field[equals...].dropFirst()))
      guard let name = percentDecoded(left.span, plusIsBlank: true),
        let value = percentDecoded(right.span, plusIsBlank: true),
        fields.updateValue(value, forKey: name) == nil
      else { return nil }
    }
    return fields
  }
}
