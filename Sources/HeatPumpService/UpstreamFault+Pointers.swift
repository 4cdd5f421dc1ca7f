internal import GatewayCore
internal import HeatPumps
internal import PoderoClient

extension UpstreamFault {
  /// The problem for the caller, with the upstream's findings translated to our pointers.
  func translated() -> GatewayFault {
    var fault = gatewayFault()
    fault.errors = details.map { finding in
      let pointer = FieldTable.pointer(forUpstreamLocation: finding.location) ?? ""
      return GatewayFault.FieldError(
        pointer: pointer, code: finding.isPlain ? finding.type : "rejected",
        detail: pointer.isEmpty
          ? "The upstream refused a value that stands for none of the named fields."
          : "The upstream refused this value.")
    }
    return fault
  }
}

extension UpstreamFieldError {
  // The type is the upstream's word; only a plain identifier is passed on.
  fileprivate var isPlain: Bool {
    !type.isEmpty && type.utf8.count <= 40
      && type.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A || $0 == 0x5F || $0 == 0x2E }
  }
}
