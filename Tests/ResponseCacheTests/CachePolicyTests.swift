import ResponseCache
import Testing

/// Goal: age and request directives decide together what happens to a cached answer.
/// Method: a table of ages and directives.
@Suite struct CachePolicyTests {
  private let policy = CachePolicy()

  @Test(arguments: [
    (0, "", CacheVerdict.serve), (29, "", .serve), (30, "", .serveAndRefresh),
    (929, "", .serveAndRefresh), (930, "", .fetch(.stale)), (4, "no-cache", .serve),
    (5, "no-cache", .fetch(.request)), (9, "max-age=10", .serve),
    (10, "max-age=10", .fetch(.request)), (4, "max-age=0", .serve),
    (100, "max-stale", .serve), (89, "max-stale=60", .serve),
    (90, "max-stale=60", .serveAndRefresh), (929, "only-if-cached", .serve),
    (930, "only-if-cached", .refuse), (5000, "only-if-cached, max-stale", .serve),
    (20, "only-if-cached, max-age=10", .refuse),
    // A limit above the freshness doesn't make a stale answer fresh.
    (100, "max-age=3600", .serveAndRefresh), (1000, "max-age=3600", .fetch(.stale)),
    (1000, "only-if-cached, max-age=3600", .refuse),
    (1000, "only-if-cached, max-age=3600, max-stale", .serve),
    // What cannot be read counts for nothing.
    (40, "max-age=-1, max-age=x, max-age, max-stale=-1, no-store, ,=", .serveAndRefresh),
    (10, "MAX-AGE = \"10\"", .fetch(.request)), (40, "max-age=3600, no-cache", .fetch(.request)),
    (400, "max-age=99999999999999999999", .serveAndRefresh),
    (31_535_999, "max-stale=9223372036854775807", .serve),
  ])
  func `the verdict follows from age and directives`(
    seconds: Int, header: String, expected: CacheVerdict
  ) {
    #expect(
      policy.verdict(age: .seconds(seconds), CacheDirectives(header: header)) == expected)
  }

  @Test func `a failure is replaced for a day, but not for callers who limit the age`() {
    #expect(policy.mayReplaceFailure(age: .seconds(86399), .none))
    #expect(!policy.mayReplaceFailure(age: .seconds(86400), .none))
    #expect(
      !policy.mayReplaceFailure(age: .seconds(60), CacheDirectives(header: "no-cache")))
    #expect(!policy.mayReplaceFailure(age: .seconds(60), CacheDirectives(header: "max-age=60")))
    #expect(policy.mayReplaceFailure(age: .seconds(60), CacheDirectives(header: "max-age=61")))
  }
}
