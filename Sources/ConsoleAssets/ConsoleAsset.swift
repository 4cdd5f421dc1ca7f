/// One file of the operators' console, as a browser gets it.
public struct ConsoleAsset: Sendable {
  /// Its name, which is the last segment of its address.
  public let name: String
  /// Its media type, with the character set.
  public let mediaType: String
  /// Its content.
  public let bytes: [UInt8]

  /// The page that loads all others.
  public static let shell = ConsoleAsset(
    name: "index.html", mediaType: html, bytes: PackageResources.index_html)

  /// What the page loads, and nothing else.
  public static let loaded: [ConsoleAsset] =
    [
      ConsoleAsset(
        name: "console.css", mediaType: "text/css; charset=utf-8",
        bytes: PackageResources.console_css),
      ConsoleAsset(
        name: "icon.svg", mediaType: "image/svg+xml", bytes: PackageResources.icon_svg),
    ]
    + [
      ("console.js", PackageResources.console_js), ("dom.js", PackageResources.dom_js),
      ("gateway.js", PackageResources.gateway_js), ("live.js", PackageResources.live_js),
      ("lists.js", PackageResources.lists_js), ("plot.js", PackageResources.plot_js),
      ("words.js", PackageResources.words_js), ("overview.js", PackageResources.overview_js),
      ("heatpumps.js", PackageResources.heatpumps_js),
      ("heatpump.js", PackageResources.heatpump_js),
      ("incoming.js", PackageResources.incoming_js),
      ("outgoing.js", PackageResources.outgoing_js),
      ("subscriptions.js", PackageResources.subscriptions_js),
      ("jobs.js", PackageResources.jobs_js), ("audit.js", PackageResources.audit_js),
      ("dryrun.js", PackageResources.dryrun_js),
    ].map { ConsoleAsset(name: $0.0, mediaType: script, bytes: $0.1) }

  private static let html = "text/html; charset=utf-8"
  private static let script = "text/javascript; charset=utf-8"
}
