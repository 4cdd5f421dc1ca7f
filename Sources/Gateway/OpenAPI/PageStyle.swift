import Crypto
import GatewayCore

/// The one style of the pages.
enum PageStyle {
  /// The style sheet.
  static let text = """
    :root{color-scheme:light dark;--text:#1b1f24;--quiet:#57606a;--ground:#fff;--panel:#f6f8fa;\
    --line:#d0d7de;--link:#0b57b0;--get:#116329;--post:#8a4600;--patch:#6639ba;--delete:#a40e26}
    @media(prefers-color-scheme:dark){:root{--text:#e6edf3;--quiet:#9ea7b3;--ground:#0d1117;\
    --panel:#161b22;--line:#30363d;--link:#79b8ff;--get:#56d364;--post:#e3a04f;--patch:#bc8cff;\
    --delete:#ff8177}}
    *{box-sizing:border-box}
    html{scroll-padding-top:1rem}
    body{margin:0 auto;padding:1.5rem;max-width:72rem;color:var(--text);background:var(--ground);\
    font:1rem/1.55 system-ui,sans-serif}
    a{color:var(--link)}a:focus-visible,summary:focus-visible,.wide:focus-visible\
    {outline:2px solid var(--link);outline-offset:2px}
    h1{font-size:1.8rem;line-height:1.2;margin:0 0 .5rem}
    h2{font-size:1.4rem;margin:3rem 0 .5rem;padding-bottom:.3rem;\
    border-bottom:1px solid var(--line)}
    h3{font-size:1.05rem;margin:0 0 .5rem;overflow-wrap:anywhere}
    h4{font-size:.95rem;margin:1.2rem 0 .3rem}
    p{margin:.5rem 0;max-width:46rem}
    code{font:.88em/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
    .wide{overflow-x:auto}
    table{border-collapse:collapse;width:100%;font-size:.92rem}
    th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;\
    border-bottom:1px solid var(--line)}
    thead th{color:var(--quiet);font-weight:600}tbody th{font-weight:400}
    th code,.badge{overflow-wrap:normal;white-space:nowrap}
    ul{margin:.3rem 0;padding-left:1.2rem}
    summary{cursor:pointer;color:var(--quiet);margin-top:1rem}
    .part{margin:1.5rem 0;padding:1.2rem 1.4rem;border:1px solid var(--line);border-radius:8px}
    .part:target{border-color:var(--link)}
    .method{font:700 .78em/1 ui-monospace,monospace;color:var(--quiet)}
    .get{color:var(--get)}.post{color:var(--post)}.patch{color:var(--patch)}
    .delete{color:var(--delete)}
    .badge{display:inline-block;font-size:.78rem;color:var(--quiet);border:1px solid var(--line);\
    border-radius:1rem;padding:0 .5rem}
    .anchor{color:var(--quiet);text-decoration:none;font-weight:400}
    .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--ground)}
    nav{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.5rem 1rem;\
    max-height:24rem;overflow-y:auto;font-size:.88rem}
    nav h3{font-size:.95rem;margin:1rem 0 .2rem}nav h3 a{color:inherit;text-decoration:none}
    nav ul{list-style:none;padding:0}nav li{padding:.15rem 0}nav li a{text-decoration:none}
    nav li a:hover{text-decoration:underline}
    @media(min-width:70rem){.reference{display:grid;grid-template-columns:21rem minmax(0,1fr);\
    column-gap:2.5rem;max-width:100rem}.reference header{grid-column:1/3;padding-bottom:1rem}\
    .reference nav{position:sticky;top:1rem;max-height:calc(100vh - 2rem);align-self:start}\
    .reference main>section:first-child h2{margin-top:0}}
    @media print{nav,.anchor,.skip{display:none}.part{break-inside:avoid-page}}
    """

  /// What lets this style through, and nothing else (CSP Level 3, section 6.7.3).
  static let contentSecurityPolicy =
    "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'; "
    + "frame-ancestors 'none'"

  private static let digest = Base64.text(Array(SHA256.hash(data: Array(text.utf8))))
}
