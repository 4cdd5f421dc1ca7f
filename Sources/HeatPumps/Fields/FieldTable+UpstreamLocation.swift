public import GatewayCore

extension FieldTable {
  /// The pointer that a finding of the upstream's 422 is about, or `nil` if it is about no field.
  ///
  /// django-ninja gives places such as `["body", "data", "comment"]`: the part of the request, the
  /// parameter's name, then the path; tags of a union may follow. A place inside `device_model`
  /// that is no row gives its group, `/device`.
  public static func pointer(forUpstreamLocation location: [JSONValue]) -> String? {
    let tokens = location.compactMap(\.string)
    guard let start = tokens.firstIndex(where: { !fields(updateField: $0).isEmpty }), start <= 2
    else { return nil }
    let path = tokens[start...]
    let rows = fields(updateField: tokens[start])
    if let exact = rows.first(where: { path.starts(with: $0.updatePath) }) { return exact.pointer }
    let inside = rows.filter { $0.updatePath.starts(with: path) && path.count > 1 }
    guard let first = inside.first else { return rows.first?.group.map { "/\($0)" } }
    return first.pointer.split(separator: "/").dropLast().map { "/\($0)" }.joined()
  }
}
