import GatewayCore
import Storage

/// News as they go through the server (`NOTIFY`): who tells it, what, and an id; nothing else.
struct NewsLine: Sendable, Equatable {
  /// Who tells it: each storage that was opened has a name of its own.
  let sender: String
  let news: SharedNews
  /// Whoever hears it says so under this word; `nil` if nobody has to.
  let question: String?

  init(_ news: SharedNews, from sender: String, asking question: String? = nil) {
    self.sender = sender
    self.news = news
    self.question = question
  }

  /// What answers a question.
  static func answer(to question: String, from sender: String) -> String {
    "\(sender) heard \(question)"
  }

  /// Whose answer it is, and to which question; `nil` for news.
  static func answer(in text: String) -> (sender: String, question: String)? {
    let parts = text.split(separator: " ").map(String.init)
    return parts.count == 3 && parts[1] == "heard" ? (parts[0], parts[2]) : nil
  }

  /// Reads a payload. What a newer release tells is not understood, which is no harm: it counts as
  /// anything.
  init(_ text: String) {
    let parts = text.split(separator: " ").map(String.init)
    sender = parts.first ?? ""
    question = parts.count > 3 ? parts[3] : nil
    let id = parts.count > 2 ? ResourceID(parts[2]) : nil
    news =
      switch (parts.dropFirst().first, id) {
      case ("events", _): .events
      case ("queued", let id?): .queued(id)
      case ("writing", let id?): .writing(id)
      case ("written", let id?): .written(id)
      case ("ended", let id?): .ended(id)
      case ("token", _): .token
      case ("listening", _): .listening
      case ("members", _): .members
      default: .missed
      }
  }

  var text: String {
    let words: [String] =
      switch news {
      case .events: ["events"]
      case .queued(let id): ["queued", "\(id)"]
      case .writing(let id): ["writing", "\(id)"]
      case .written(let id): ["written", "\(id)"]
      case .ended(let id): ["ended", "\(id)"]
      case .token: ["token"]
      case .listening: ["listening"]
      case .members: ["members"]
      case .missed: ["missed"]
      }
    return ([sender] + words + (question.map { [$0] } ?? [])).joined(separator: " ")
  }
}
