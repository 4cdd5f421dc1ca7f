public import GatewayCore

extension FieldTable {
  /// The JSON Schema (2020-12, as OpenAPI 3.1 takes it) of the simplified resource.
  public static func representationSchema() -> JSONValue {
    var root = SchemaNode()
    for field in fields { root.add(schema(field, writing: false), at: path(field)) }
    return root.schema(
      required: ["id", "user_id", "organisation", "alias", "freshness", "pending"])
  }

  /// The JSON Schema (2020-12, as OpenAPI 3.1 takes it) of a patch: the fields that somebody may
  /// write, nothing else.
  public static func patchSchema() -> JSONValue {
    var root = SchemaNode()
    for field in writableFields { root.add(schema(field, writing: true), at: path(field)) }
    return root.schema(isClosed: true)
  }

  private static func path(_ field: Field) -> ArraySlice<String> {
    field.pointer.split(separator: "/").map(String.init)[...]
  }

  private static func schema(_ field: Field, writing: Bool) -> JSONValue {
    var schema = JSONObject()
    let type = typeName(field.kind)
    schema["type"] =
      field.isNullable ? .array([.string(type), "null"]) : .string(type)
    describe(field, writing: writing, in: &schema)
    if !writing && !field.isWritable { schema["readOnly"] = true }
    if let access = writing ? field.access.scope : nil { schema["x-scope"] = .string(access) }
    if field.isPersonal { schema["x-personal-data"] = true }
    schema["description"] = .string(field.summary)
    return .object(schema)
  }

  private static func typeName(_ kind: FieldKind) -> String {
    switch kind {
    case .boolean: "boolean"
    case .integer: "integer"
    case .decimal: "number"
    case .text, .time, .uuid, .enumeration, .level: "string"
    case .actions, .pending: "array"
    }
  }

  private static func describe(_ field: Field, writing: Bool, in schema: inout JSONObject) {
    switch field.kind {
    case .text(let maximumLength?): schema["maxLength"] = .number(ExactDecimal(maximumLength))
    case .time: schema["format"] = "date-time"
    case .uuid: schema["format"] = "uuid"
    case .actions: schema["items"] = actionSchema
    case .pending: schema["items"] = pendingSchema
    default: break
    }
    guard let values = field.kind.allowedValues else { return }
    var list = values.map { JSONValue.string($0) }
    // A word that the upstream invents is shown, so that a reader's list must stay open.
    let isClosed = writing || field.answerPath.isEmpty
    if isClosed && field.isNullable { list.append(.null) }
    schema[isClosed ? "enum" : "x-extensible-enum"] = .array(list)
  }

  private static let actionSchema: JSONValue = [
    "type": "object",
    "properties": [
      "code": ["type": "string", "description": "What must be done."],
      "resolution_link": [
        "type": ["string", "null"], "x-personal-data": true,
        "description": "Where it is done; shown only with `personal-data:read`.",
      ],
    ],
  ]

  private static let pendingSchema: JSONValue = [
    "type": "object",
    "properties": [
      "pointer": ["type": "string", "description": "The field's JSON Pointer."],
      "requested": ["description": "What was asked for."],
      "since": ["type": "string", "format": "date-time", "description": "When it was written."],
      "operation_id": [
        "type": "string", "format": "uuid", "description": "The operation that wrote it.",
      ],
    ],
    "required": ["pointer", "requested", "since", "operation_id"],
  ]
}

extension FieldAccess {
  fileprivate var scope: String? {
    switch self {
    case .readOnly: nil
    case .write: "heat-pumps:write"
    case .admin: "heat-pumps:admin"
    }
  }
}

/// An object under construction: its members, some of which are objects themselves.
private struct SchemaNode {
  private var names: [String] = []
  private var leaves: [String: JSONValue] = [:]
  private var groups: [String: SchemaNode] = [:]

  mutating func add(_ schema: JSONValue, at path: ArraySlice<String>) {
    guard let name = path.first else { return }
    if leaves[name] == nil && groups[name] == nil { names.append(name) }
    if path.count == 1 {
      leaves[name] = schema
    } else {
      groups[name, default: SchemaNode()].add(schema, at: path.dropFirst())
    }
  }

  func schema(isClosed: Bool = false, required: [String] = []) -> JSONValue {
    var properties = JSONObject()
    for name in names {
      properties[name] = leaves[name] ?? groups[name]?.schema(isClosed: isClosed)
    }
    var schema: JSONObject = JSONObject()
    schema["type"] = "object"
    schema["properties"] = .object(properties)
    if isClosed { schema["additionalProperties"] = false }
    if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
    return .object(schema)
  }
}
