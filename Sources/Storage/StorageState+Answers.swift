public import GatewayCore

extension StorageState {
  /// ``AnswerStorage/keep(answers:settings:gone:)``.
  public mutating func keep(
    answers new: [StoredHeatPump], settings newSettings: [StoredSettings],
    gone: [HeatPumpReference]
  ) {
    for answer in new {
      guard (answers[answer.heatPump]?.fetchedAt).map({ $0 <= answer.fetchedAt }) ?? true else {
        continue
      }
      answers[answer.heatPump] = answer
    }
    for setting in newSettings {
      let name = SettingsName(heatPump: setting.heatPump, tag: setting.tag)
      guard (settings[name]?.seenAt).map({ $0 <= setting.seenAt }) ?? true else { continue }
      settings[name] = setting
    }
    for heatPump in gone { answers[heatPump] = nil }
  }

  /// ``AnswerStorage/answers(of:bytes:)``.
  public func answers(of organisation: String, bytes: Int) -> [StoredHeatPump] {
    var rest = bytes
    return answers.values
      .filter { $0.heatPump.organisation == organisation }
      .sorted { $0.fetchedAt > $1.fetchedAt }
      .prefix {
        rest -= $0.upstream.count
        return rest >= 0
      }
  }

  /// ``AnswerStorage/settings(of:tag:)``.
  public func settings(of heatPump: HeatPumpReference, tag: UInt64) -> StoredSettings? {
    settings[SettingsName(heatPump: heatPump, tag: tag)]
  }

  /// ``AuditStorage/auditTrail(after:limit:)``.
  public func auditTrail(after: Int64, limit: Int) -> [AuditRecord] {
    Array(audit.drop { $0.sequence <= after }.prefix(max(0, limit)))
  }

  /// ``AuditStorage/auditTrail(before:of:since:limit:)``.
  public func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) -> [AuditRecord] {
    let admitted = audit.reversed().lazy.filter { record in
      before.map { record.sequence < $0 } ?? true
        && heatPump.map { record.entry.heatPump.id == $0 } ?? true
        && since.map { record.entry.at >= $0 } ?? true
    }
    return Array(admitted.prefix(max(0, limit)))
  }

  /// ``Storage/prune(operations:keys:settings:)``.
  public mutating func prune(
    operations operationLimit: Timestamp, keys keyLimit: Timestamp,
    settings settingsLimit: Timestamp
  ) -> Int {
    let before = operations.count + keys.count + settings.count
    let ended = operations.values.filter { operation in
      !operation.state.isOpen && operation.changedAt < operationLimit
        && !hookEvents.keeps(operation.request.id) && !jobs.keeps(operation.request.id)
    }
    for operation in ended {
      operations[operation.request.id] = nil
      hookEvents.origins[operation.request.id] = nil
      keyNames[operation.request.id] = nil
    }
    for heatPump in Set(ended.map(\.request.heatPump)) {
      history[heatPump]?.removeAll { operations[$0] == nil }
      if history[heatPump]?.isEmpty == true { history[heatPump] = nil }
    }
    for (name, record) in keys where record.madeAt < keyLimit {
      keys[name] = nil
      keyNames[record.operationID] = nil
    }
    settings = settings.filter { $0.value.seenAt >= settingsLimit }
    return before - operations.count - keys.count - settings.count
  }

  mutating func append(_ entry: AuditEntry) {
    audit.append(AuditChain.record(entry, after: audit.last))
  }
}
