import GatewayCore

/// The page to log in at.
enum LoginPage {
  /// The page.
  ///
  /// - Parameter problem: why the last attempt led nowhere.
  static func response(problem: String? = nil, status: Int = 200) -> HTTPResponse {
    let alert = problem.map { "<p role=\"alert\" id=\"problem\">\(DocsPage.escaped($0))</p>" } ?? ""
    let described = problem == nil ? "" : " aria-invalid=\"true\" aria-describedby=\"problem\""
    return AdminPage.response(
      "Log in",
      """
      <p>This is the operators' listener of a Podero gateway. The key is one of those that
      <code>podero-gateway new-key</code> made and whose hash is in <code>admin.keys</code>.</p>
      \(alert)<form method="post" action="/login">
      <p><label for="key">Key</label><br>
      <input type="password" id="key" name="key" required autofocus autocomplete="current-password"
      spellcheck="false" autocapitalize="off" size="50" maxlength="512"\(described)></p>
      <p><button>Log in</button></p></form>
      """, status: status)
  }
}
