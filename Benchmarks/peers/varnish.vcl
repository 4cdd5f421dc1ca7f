vcl 4.1;
# Varnish, set up for the gateway's job: the key check in VCL, which has no maps but comparisons; the
# caller's key taken out before anything is looked up, the upstream's token put in.
backend upstream {
  .host = "@UPSTREAM_HOST@";
  .port = "@UPSTREAM_PORT@";
}

sub vcl_recv {
  unset req.http.X-App;
  @VARNISH_KEYS@
  if (!req.http.X-App) {
    return (synth(401));
  }
  unset req.http.Authorization;
  if (req.url ~ "^/api/") {
    return (pass);
  }
  return (hash);
}

sub vcl_backend_fetch {
  set bereq.http.Authorization = "Bearer bench";
  unset bereq.http.X-App;
}
