/// How a ``CurlTransport`` keeps its connections; the same for all its requests.
public struct CurlSettings: Sendable, Equatable {
  /// The most connections to one host and port, 1 or more; further transfers wait, within their
  /// deadline. An HTTP/2 connection carries many transfers and counts once.
  public var maximumConnectionsPerHost = 32
  /// The most connections in all, 1 or more, idle ones included; so many by plain HTTP/1.1, and so
  /// many others.
  public var maximumConnections = 256
  /// How long a connection may have lain idle and still be used again. Whole seconds, rounded up.
  /// Below the server's own limit it saves requests from meeting a connection that is just closing.
  public var keepAliveIdle = Duration.seconds(60)
  /// How old a connection may be and still be used again, so that a host that moves is followed.
  /// Whole seconds, rounded up.
  public var maximumConnectionAge = Duration.seconds(600)
  /// The `User-Agent` of every request that brings none of its own; empty for none.
  public var userAgent = "podero-gateway"
  /// Whether requests go through a proxy.
  public var proxy = CurlProxy.none
  // Tests hold libcurl's way against our own.
  package var framesHTTP1 = true

  /// Creates the settings with their defaults.
  public init() {}
}

/// Whether requests go through a proxy.
public enum CurlProxy: Sendable, Equatable {
  /// Never, whatever the environment says.
  case none
  /// As `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say.
  case environment
  /// Through the proxy at that URL, such as `http://proxy.example:3128`; holds no secret.
  case server(String)
}
