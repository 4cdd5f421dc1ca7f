#if canImport(FoundationNetworking)
  import Foundation
  public import FoundationNetworking
#else
  public import Foundation
#endif

/// Sends requests with Foundation's `URLSession`.
public struct URLSessionTransport: ClientTransport {
  private let session: URLSession
  private let configuration: URLSessionConfiguration

  /// Creates a transport.
  ///
  /// - Parameter configuration: proxies, trust and the like; by default without cookies and a
  ///   cache, as the gateway has its own.
  public init(configuration: URLSessionConfiguration = .ephemeral) {
    self.configuration = configuration
    session = URLSession(configuration: configuration)
  }

  /// Sends a request and waits for the whole answer.
  public func send(_ request: ClientRequest) async throws -> ClientResponse {
    let (data, response) = try await session.data(for: URLRequest(request))
    return ClientResponse(response, body: data)
  }

  /// Sends a request and waits for the answer's head only.
  public func open(_ request: ClientRequest) async throws -> ClientStream {
    let (parts, continuation) = AsyncThrowingStream<StreamDelegate.Part, any Error>.makeStream()
    let session = URLSession(
      configuration: configuration, delegate: StreamDelegate(continuation), delegateQueue: nil)
    let task = session.dataTask(with: URLRequest(request))
    continuation.onTermination = { _ in
      task.cancel()
      session.invalidateAndCancel()
    }
    task.resume()
    var iterator = parts.makeAsyncIterator()
    guard case .head(let response)? = try await iterator.next() else {
      throw URLError(.badServerResponse)
    }
    let (pieces, out) = AsyncThrowingStream<Data, any Error>.makeStream()
    let pump = Task {
      do {
        for try await part in parts {
          if case .piece(let data) = part { out.yield(data) }
        }
        out.finish()
      } catch {
        out.finish(throwing: error)
      }
    }
    out.onTermination = { _ in pump.cancel() }
    return ClientStream(head: ClientResponse(response, body: Data()), pieces: pieces)
  }
}

/// Hands what a session tells to a stream.
private final class StreamDelegate: NSObject, URLSessionDataDelegate, Sendable {
  enum Part: Sendable {
    case head(URLResponse)
    case piece(Data)
  }

  private let continuation: AsyncThrowingStream<Part, any Error>.Continuation

  init(_ continuation: AsyncThrowingStream<Part, any Error>.Continuation) {
    self.continuation = continuation
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    continuation.yield(.head(response))
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    continuation.yield(.piece(data))
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    continuation.finish(throwing: error)
  }
}

extension URLRequest {
  fileprivate init(_ request: ClientRequest) {
    self.init(
      url: request.url, cachePolicy: .reloadIgnoringLocalCacheData,
      timeoutInterval: Double(request.timeout.components.seconds))
    httpMethod = request.method
    httpBody = request.body
    for (name, value) in request.headers { setValue(value, forHTTPHeaderField: name) }
  }
}

extension ClientResponse {
  fileprivate init(_ response: URLResponse, body: Data) {
    let answer = response as? HTTPURLResponse
    let headers = (answer?.allHeaderFields ?? [:]).map { (String(describing: $0), "\($1)") }
    self.init(
      status: answer?.statusCode ?? 0,
      headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }), body: body)
  }
}
