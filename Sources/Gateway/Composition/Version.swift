/// The gateway's version (Semantic Versioning 2.0.0).
public let gatewayVersion = "0.1.0"
